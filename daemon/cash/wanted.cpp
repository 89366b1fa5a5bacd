// The item that a clerk means: by its number, an instalment by "INV-7/2", any by "#17".
#include <algorithm>

#include "cash/detail/rows.hpp"
#include "ledger/instalments.hpp"
#include "ledger/write_offs.hpp"
#include "parties/parties.hpp"

namespace owed::cash::detail {
namespace {

using ledger::Item;

std::string shown(const Item& item) {
    return ledger::number_of(item) + " is #" + std::to_string(item.id.value) + ", " + std::string{ledger::name_of(item.kind)} + " with " + to_text(item.residual) + " open, due " +
           to_text(item.due_date);
}

/// A number that is no open item of whom it should be: whose it is.
Error nowhere(store::Db& db, const ledger::Books& books, const std::string& entity, std::optional<CustomerId> customer, const std::string& name) {
    for (const auto& item : ledger::find_by_number(db, entity, name))
        if (const auto whose = item.customer ? parties::find(db, *item.customer) : std::nullopt)
            return {Errc::wrong_customer, name + " is customer " + whose->customer.number + "'s", {}, "one transfer for several customers: owectl cash split RECEIPT CUSTOMER=AMOUNT ..."};
    for (const auto& other : books.entities())
        if (other.id != entity && !ledger::find_by_number(db, other.id, name).empty())
            return {Errc::invalid_argument, name + " is a document of entity " + other.id + ", not of " + entity, {}, "money for another entity: owectl cash forward RECEIPT " + other.id + "/CUSTOMER"};
    return {Errc::not_found, "no open item " + name + (customer ? " of the customer" : ""), {}, "see owectl items --open"};
}

Error which_of(const std::string& name, const std::vector<Item>& found, bool one_customer) {
    std::string all;
    for (std::size_t i = 0; i < found.size() && i < 12; ++i) all += (i == 0 ? "" : "; ") + shown(found[i]);
    const bool parts = std::all_of(found.begin(), found.end(), [](const Item& item) { return item.instalment > 0; });
    return {Errc::invalid_argument,
            (one_customer ? name + " has " + std::to_string(found.size()) + (parts ? " open instalments: " : " open items: ")
                          : std::to_string(found.size()) + " customers have a document " + name + ": ") + all,
            {}, "name one by #ITEM" + std::string{parts && one_customer ? ", or as " + ledger::number_of(found.front()) : ""} +
                    (one_customer ? "" : ", or identify the receipt's customer first")};
}

/// A settled item is paid by nothing; one that was written off was not paid.
Result<Item> usable(store::Db& db, Item item) {
    if (item.written_off && item.residual.is_zero() && !ledger::written_off_of(db, item).is_zero())
        return fail(Errc::item_not_open, ledger::number_of(item) + " was written off; nothing of it is open", {},
                    "owectl recover #" + std::to_string(item.id.value) + " AMOUNT makes what was paid after all owed again");
    return item;
}

std::optional<Item> by_id(store::Db& db, const std::string& entity, std::string_view id_text) {
    const auto id = id_of(id_text);
    auto item = id ? ledger::item(db, *id) : std::nullopt;
    if (item && item->entity != entity) return {};
    return item;
}

}  // namespace

Result<Item> wanted_item(store::Db& db, const ledger::Books& books, const std::string& entity, std::optional<CustomerId> customer, const std::string& name) {
    if (name.starts_with('#')) {
        auto item = by_id(db, entity, std::string_view{name}.substr(1));
        if (!item) return fail(Errc::not_found, "there is no item " + name + " in " + entity, {}, "see owectl items --open");
        return usable(db, std::move(*item));
    }
    std::vector<Item> found;
    for (auto& item : ledger::find_by_number(db, entity, name))
        if (!customer || item.customer == customer) found.push_back(std::move(item));
    if (found.empty())
        if (auto item = by_id(db, entity, name); item && item->residual.is_positive()) found.push_back(std::move(*item));
    if (found.empty()) return fail(nowhere(db, books, entity, customer, name));
    const bool one_customer = std::all_of(found.begin(), found.end(), [&](const Item& item) { return item.customer == found.front().customer; });
    if (one_customer && found.size() > 1) {
        // Only what is open can be meant.
        auto open = found;
        std::erase_if(open, [](const Item& item) { return !item.residual.is_positive(); });
        if (!open.empty()) found = std::move(open);
        else found.erase(found.begin() + 1, found.end());
    }
    if (found.size() > 1) return fail(which_of(name, found, one_customer));
    return usable(db, std::move(found.front()));
}

}  // namespace owed::cash::detail
