#include <boost/json.hpp>

#include "formats/placement/placement.hpp"

namespace owed::formats::placement {

namespace {

namespace json = boost::json;

tl::unexpected<Error> wrong(std::string_view path, std::string_view expected) {
    return fail(Errc::malformed_input, "the facts of a placement need " + std::string{expected} + " here", std::string{path});
}

/// An absent text is empty: what the customer record does not say, the file does not say.
std::string text(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string().c_str(), value->get_string().size()} : std::string{};
}

Result<Date> date(const json::object& object, std::string_view key, const std::string& path) {
    auto found = parse_date(text(object, key));
    if (!found) return wrong(path + std::string{key}, "a date as YYYY-MM-DD");
    return *found;
}

Result<Money> amount(const json::object& object, std::string_view key, Currency currency, const std::string& path) {
    auto found = parse_money(text(object, key), currency);
    if (!found) return wrong(path + std::string{key}, "an amount in " + std::string{currency.text()} + " as decimal text");
    return *found;
}

Result<Debtor> read_debtor(const json::object& facts) {
    const json::value* value = facts.if_contains("debtor");
    if (value == nullptr || !value->is_object()) return wrong("debtor", "an object");
    const json::object& object = value->get_object();
    Debtor debtor{.number = text(object, "number"), .name = text(object, "name"), .contact_name = text(object, "contact_name"),
                  .email = text(object, "email"), .language = text(object, "language"), .tax_id = text(object, "tax_id"), .address = {}};
    if (debtor.number.empty() || debtor.name.empty()) return wrong("debtor", "a number and a name");
    const json::value* place = object.if_contains("address");
    if (place == nullptr || !place->is_object()) return debtor;
    const json::object& address = place->get_object();
    debtor.address.postcode = text(address, "postcode");
    debtor.address.city = text(address, "city");
    debtor.address.region = text(address, "region");
    debtor.address.country = text(address, "country");
    if (const json::value* lines = address.if_contains("lines"); lines != nullptr && lines->is_array())
        for (const json::value& line : lines->get_array())
            if (line.is_string()) debtor.address.lines.emplace_back(line.get_string().c_str());
    return debtor;
}

Result<Item> read_item(const json::value& value, Currency currency, const std::string& path) {
    if (!value.is_object()) return wrong(path, "an object");
    const json::object& object = value.get_object();
    const std::string document = text(object, "document");
    if (document.empty()) return wrong(path + "document", "a document number");
    OWED_TRY(const Date document_date, date(object, "document_date", path));
    OWED_TRY(const Date due_date, date(object, "due_date", path));
    OWED_TRY(const Money original, amount(object, "original", currency, path));
    OWED_TRY(const Money residual, amount(object, "residual", currency, path));
    const json::value* overdue = object.if_contains("days_overdue");
    const int days = overdue != nullptr && overdue->is_int64() ? static_cast<int>(overdue->get_int64()) : 0;
    return Item{document, document_date, due_date, original, residual, days};
}

}  // namespace

Result<Placement> read_facts(std::string_view source) {
    json::error_code error;
    const json::value value = json::parse(source, error);
    if (error || !value.is_object()) return wrong("facts", "a JSON object");
    const json::object& facts = value.get_object();
    auto currency = find_currency(text(facts, "currency"));
    if (!currency) return wrong("currency", "an ISO 4217 code");
    OWED_TRY(const Date day, date(facts, "date", ""));
    OWED_TRY(Debtor debtor, read_debtor(facts));
    OWED_TRY(const Money total, amount(facts, "total", *currency, ""));
    Placement placement{.id = text(facts, "placement"), .creditor = text(facts, "creditor"), .date = day, .debtor = std::move(debtor),
                        .currency = *currency, .items = {}, .total = total};
    if (placement.id.empty()) return wrong("placement", "a placement id");
    const json::value* items = facts.if_contains("items");
    if (items == nullptr || !items->is_array() || items->get_array().empty()) return wrong("items", "at least one item");
    Money sum = Money::zero(*currency);
    for (std::size_t i = 0; i < items->get_array().size(); ++i) {
        OWED_TRY(Item item, read_item(items->get_array()[i], *currency, "items[" + std::to_string(i) + "]."));
        OWED_TRY(sum, add(sum, item.residual));
        placement.items.push_back(std::move(item));
    }
    if (sum != placement.total)
        return fail(Errc::malformed_input, "the items add up to " + to_text(sum) + ", the total says " + to_text(placement.total), "total");
    return placement;
}

}  // namespace owed::formats::placement
