// How names of payers and customers compare: spellings, legal forms, what a bank cut off. Pure. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "owed/id.hpp"

namespace owed::parties {

struct NameKey {
    std::string base, form;  ///< "MULLERSOHNE", "GMBH"
    bool operator==(const NameKey&) const = default;
};
/// One or two: as ICU writes the letters in ASCII (ü: U), and as German, Danish and Norwegian typists do (ü: UE, å: AA).
std::vector<NameKey> name_keys(std::string_view name);

/// Words of a name in ASCII capitals, legal forms and words that name nobody ("Firma") left out: "MUELLER", "BAU".
std::vector<std::string> name_words(std::string_view name);

/// How a payer's name fits a customer's, strongest first.
enum class NameFit : std::uint8_t {
    alias,  ///< a person said so
    exact,  ///< same words, same legal form
    loose,  ///< same words; one of the two has no legal form, or words follow the printed one's form ("... GmbH Berlin")
    cut,    ///< ten letters or more, and this customer's name goes on: fields of 16, 22, 27, 35 or 70 characters cut it
};
struct NamedCustomer {
    CustomerId customer{};
    NameFit fit = NameFit::exact;
    bool operator==(const NamedCustomer&) const = default;
};

/// Where spellings of customers' names are kept.
class NameSource {
  public:
    struct Spelling {
        CustomerId customer{};
        std::string_view form;   ///< lives until the next call
    };
    virtual ~NameSource() = default;
    virtual void with_base(std::string_view base, std::vector<Spelling>& found) const = 0;
    virtual void with_prefix(std::string_view stem, std::size_t limit_max, std::vector<CustomerId>& found) const = 0;
    virtual void with_alias(std::string_view name_key, std::vector<CustomerId>& found) const = 0;
};
/// The customers a printed name may be: those of the strongest fit only, each once, by id. Two different legal forms never
/// fit ("Acme AG" is not "Acme GmbH").
std::vector<NamedCustomer> resolve_name(std::string_view printed, const NameSource& source);

}  // namespace owed::parties
