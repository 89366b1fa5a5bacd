#include "cash/detail/payer.hpp"

#include <algorithm>

#include "cash/detail/doubt.hpp"

namespace owed::cash::detail {
namespace {

constexpr std::size_t several_max = 6;      ///< customers sharing a name or an account that are looked at
constexpr std::size_t family_max = 200;     ///< customers one payer pays for

template <class List>
bool has(const List& list, CustomerId customer) {
    return std::find(list.begin(), list.end(), customer) != list.end();
}

Tie tie_of(NameFit fit) {
    switch (fit) {
        case NameFit::alias: return Tie::alias;
        case NameFit::exact: return Tie::name;
        case NameFit::loose: return Tie::loose_name;
        case NameFit::cut: return Tie::cut_name;
    }
    return Tie::cut_name;
}

}  // namespace

Payer::Payer(const ReceiptFacts& receipt, const Reading& reading, const Lookup& lookup, const Settings& settings)
    : receipt_{receipt}, reading_{reading}, lookup_{lookup} {
    if (!receipt.payer_account.empty()) accounts_ = lookup.by_account(receipt.entity, receipt.payer_account);
    if (!receipt.payer_name.empty()) names_ = lookup.by_name(receipt.entity, receipt.payer_name);
    told_only_ = is_told_only(settings);
    find_numbers();
    if (receipt.customer) known_ = receipt.customer;
    else if (told_only_) known_ = {};
    else if (accounts_.size() == 1) known_ = accounts_.front();
    else if (const auto named = named_holder()) known_ = named;
    else if (accounts_.empty() && names_.size() == 1 && names_.front().fit <= NameFit::exact) known_ = names_.front().customer;
    // Whom these pay for.
    const auto add_family = [&](CustomerId customer) {
        for (const auto child : lookup.pays_for(customer, receipt.value_date))
            if (!has(paid_for_, child) && paid_for_.size() < family_max) paid_for_.push_back(child);
    };
    if (known_) add_family(*known_);
    else
        for (std::size_t i = 0; i < names_.size() && i < several_max; ++i) add_family(names_[i].customer);
    for (std::size_t i = 0; i < accounts_.size() && i < several_max && !known_; ++i) add_family(accounts_[i]);
    for (const auto child : lookup.pays_for(receipt.entity, receipt.payer_account, receipt.payer_name, receipt.value_date))
        if (!has(paid_for_, child) && paid_for_.size() < family_max) paid_for_.push_back(child);

    if (receipt.customer) add_likely(*receipt.customer, tie_to(*receipt.customer));
    for (const auto customer : accounts_)
        if (accounts_.size() <= several_max) add_likely(customer, tie_to(customer));
    for (const auto& named : names_)
        if (names_.size() <= several_max) add_likely(named.customer, tie_to(named.customer));
    for (const auto customer : numbers_) add_likely(customer, tie_to(customer));
    for (const auto customer : bare_numbers_)
        if (const auto tie = tie_to(customer); tie < Tie::unknown) add_likely(customer, tie);
    for (const auto customer : paid_for_) add_likely(customer, Tie::relation);
}

/// Everybody numbers something: digits that nobody calls a customer's number are the payer's own as likely as ours.
void Payer::find_numbers() {
    constexpr std::size_t digits_min = 3, with_letters_min = 5, length_max = 24, words_max = 24;
    const auto note = [&](const std::string& word, bool surely) {
        if (word.size() < digits_min || word.size() > length_max) return;
        const bool own_letters = word.size() >= with_letters_min && word.find_first_not_of("0123456789-/._") != std::string::npos;
        auto& list = surely || own_letters ? numbers_ : bare_numbers_;
        if (const auto customer = lookup_.by_number(receipt_.entity, word); customer && !has(numbers_, *customer) && !has(list, *customer)) list.push_back(*customer);
    };
    for (std::size_t i = 0; i < reading_.customers.size() && i < words_max; ++i) note(reading_.customers[i], true);
    for (std::size_t i = 0; i < reading_.words.size() && i < words_max; ++i) note(reading_.words[i], false);
}

/// An answer says whose documents one payment paid, and only by that whose account it came from: sisters of one name pay for each
/// other, and a new account is not in master data because nobody has confirmed it. Where the bank prints a name that is this
/// customer's alone, both agree. Where it prints none, or one that another customer has, the account stands alone until it has
/// been answered so often that it is no accident.
bool Payer::is_told_only(const Settings& settings) const {
    if (receipt_.customer || accounts_.size() != 1) return false;
    const bool says_nothing = receipt_.payer_name.empty() || names_.size() > 1 || (names_.size() == 1 && names_.front().customer != accounts_.front());
    if (!says_nothing) return false;
    const auto answers = lookup_.answers_for_account(receipt_.entity, receipt_.payer_account, accounts_.front());
    return answers > 0 && answers < settings.account_alone_after;
}

/// Of several customers who share the account, the one whose full name the bank printed: a parent with the account of its group.
std::optional<CustomerId> Payer::named_holder() const {
    std::optional<CustomerId> found;
    for (const auto& named : names_) {
        if (named.fit > NameFit::exact || !has(accounts_, named.customer)) continue;
        if (found) return {};
        found = named.customer;
    }
    return found;
}

void Payer::add_likely(CustomerId customer, Tie tie) {
    if (std::none_of(likely_.begin(), likely_.end(), [&](auto& one) { return one.customer == customer; })) likely_.push_back({customer, tie});
}

Tie Payer::tie_to(CustomerId customer) const {
    if (receipt_.customer) {
        if (*receipt_.customer == customer) return receipt_.person_said ? Tie::person : tie_of_booked(customer);
        return has(paid_for_, customer) ? Tie::relation : Tie::another;
    }
    if (has(accounts_, customer)) {
        if (told_only_) return Tie::told_account;
        if (accounts_.size() == 1 || known_ == customer) return Tie::account;
        return known_ && has(paid_for_, customer) ? Tie::relation : Tie::shared_account;
    }
    for (const auto& named : names_)
        if (named.customer == customer) {
            if (!accounts_.empty()) return Tie::shared_name;   // the account is another's
            return names_.size() == 1 ? tie_of(named.fit) : Tie::shared_name;
        }
    if (has(paid_for_, customer)) return Tie::relation;
    if (has(numbers_, customer)) return Tie::number;
    if (is_alike(customer)) return Tie::alike;
    if (!known_ && has(bare_numbers_, customer)) return Tie::bare_number;
    return known_ ? Tie::another : Tie::unknown;
}

/// A run has booked him: that it did is no further fact, only what it went by.
Tie Payer::tie_of_booked(CustomerId customer) const {
    if (has(accounts_, customer)) return accounts_.size() == 1 || named_holder() == customer ? Tie::account : Tie::shared_account;
    for (const auto& named : names_)
        if (named.customer == customer) return accounts_.empty() && names_.size() == 1 ? tie_of(named.fit) : Tie::shared_name;
    if (has(numbers_, customer)) return Tie::number;
    return is_alike(customer) ? Tie::alike : Tie::booked;
}

std::int64_t Payer::ppm(Tie tie, CustomerId customer) const {
    const auto of_tie = [&]() -> std::int64_t {
        switch (tie) {
            case Tie::person: return payer_booked;
            case Tie::account: return payer_by_account;
            case Tie::alias: return payer_by_alias;
            case Tie::name: return payer_by_name;
            case Tie::loose_name: return payer_by_loose_name;
            case Tie::cut_name: return payer_by_cut_name;
            case Tie::number: return payer_by_number;
            case Tie::relation: return payer_by_relation;
            case Tie::booked: return payer_by_loose_name;
            case Tie::shared_account: return payer_of_several;
            case Tie::told_account: return payer_by_few_answers;
            case Tie::shared_name: return payer_of_several;
            case Tie::alike: return payer_alike;
            case Tie::bare_number: return payer_by_bare_number;
            case Tie::unknown: return payer_unknown;
            case Tie::another: return payer_another;
        }
        return payer_unknown;
    };
    auto ppm = of_tie();
    const auto also = [&](std::int64_t factor) { ppm = std::max<std::int64_t>(ppm * factor / million, 1); };
    if (tie != Tie::number && tie < Tie::bare_number && has(numbers_, customer)) also(payer_by_number);
    else if (tie < Tie::bare_number && has(bare_numbers_, customer)) also(payer_by_bare_number);
    if (tie == Tie::account || tie == Tie::shared_account) {
        const bool named = std::any_of(names_.begin(), names_.end(), [&](auto& one) { return one.customer == customer; });
        if (named) also(names_.size() == 1 ? payer_by_loose_name : payer_of_several);
        else if (!names_.empty()) also(payer_name_differs);
    }
    return ppm;
}

bool Payer::is_alike(CustomerId customer) const {
    if (!words_made_) {
        words_made_ = true;
        words_ = parties::name_words(receipt_.payer_name);
        for (const auto& line : receipt_.text)
            for (auto& word : parties::name_words(line)) words_.push_back(std::move(word));
    }
    const auto view = lookup_.customer(customer);
    if (!view) return false;
    // Long words of the customer's name that stand in what the bank printed: all of one or two, most of more.
    std::size_t all = 0, found = 0;
    for (const auto& word : parties::name_words(view->name)) {
        if (word.size() < 4) continue;
        ++all;
        if (std::any_of(words_.begin(), words_.end(), [&](const std::string& other) {
                return other == word || (other.size() >= 6 && word.size() >= 6 && (other.rfind(word, 0) == 0 || word.rfind(other, 0) == 0));
            }))
            ++found;
    }
    return all > 0 && found * 3 >= all * 2 && (all > 1 || found == all);
}

std::string Payer::say(Tie tie) {
    switch (tie) {
        case Tie::person: return "was identified by a person";
        case Tie::account: return "is known by the account on file";
        case Tie::alias: return "is known by a learned name";
        case Tie::name: return "is known by the full name";
        case Tie::loose_name: return "is known by the name, without or beyond its legal form";
        case Tie::cut_name: return "is known by the name as far as the bank printed it";
        case Tie::number: return "wrote the customer number";
        case Tie::relation: return "pays for this customer by a relation in force";
        case Tie::booked: return "was booked as this customer before, by what is not in the books any more";
        case Tie::shared_account: return "uses an account of several customers, this one among them";
        case Tie::told_account: return "is known by an account that too few answers have confirmed to go without a name of his alone";
        case Tie::shared_name: return "has a name that fits this customer and does not prove it";
        case Tie::alike: return "has words of this customer's name";
        case Tie::bare_number: return "wrote a number that this customer has too";
        case Tie::unknown: return "is not known";
        case Tie::another: return "is known as another customer";
    }
    return {};
}

}  // namespace owed::cash::detail
