// The generator's files (README.md), read into the shapes that the rooms take.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cash/cash.hpp"
#include "ledger/ledger.hpp"
#include "parties/relations.hpp"

namespace owed::accuracy {

namespace json = boost::json;

/// Ends the process, with `what` on stderr.
[[noreturn]] void stop(const std::string& what);
/// What `result` holds; without it the bench means nothing.
template <class T>
T must(Result<T> result, const std::string& about) {
    if (!result) stop(about + ": " + to_text(result.error()));
    return std::move(*result);
}

/// "" where the key is missing.
std::string text(const json::object& object, std::string_view key);
Date day(const json::object& object, std::string_view key);
Currency currency(std::string_view code);
Money money(const json::object& object, std::string_view key, Currency in);

/// Calls `visit` for each line; ends the process with a message where a line is no JSON object.
void each_line(const std::string& file, const std::function<void(const json::object&)>& visit);
json::object read_object(const std::string& file);

struct World {
    std::string entity;
    Date start;
    ledger::Books books;
    cash::Settings cash;
    std::map<std::string, std::string, std::less<>> account_gl;   ///< our account -> GL code
};
World read_world(const std::string& file);

Customer customer_of(const json::object& line, const std::string& entity);
/// The posting of an item and its further numbers. `rate_of` gives what one unit is worth in the entity's currency, per million.
ledger::PostDocument document_of(const json::object& line, CustomerId customer, const World& world);
std::vector<std::string> numbers_of(const json::object& line);
cash::Advice advice_of(const json::object& line, const std::string& entity);
BankTransaction transaction_of(const json::object& line);
/// In the entity's currency at a fixed rate: the bench is not about rates.
Money functional(Money amount);

}  // namespace owed::accuracy
