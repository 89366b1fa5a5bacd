// calc match: which of these items does this receipt pay, and why. The daemon's own decision over a book given here.
#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "cash/decision.hpp"
#include "cash/snapshot.hpp"
#include "cash/term.hpp"
#include "ctl/calc_topics.hpp"

namespace owed::ctl {
namespace json = boost::json;
using namespace cash;

namespace {

constexpr const char* entity = "calc";

/// The customers that the question speaks of, by number; the numbers of items and rules that came without one are "".
class Book {
  public:
    CustomerId customer(const std::string& number, const std::string& name, const std::string& country, const std::string& segment) {
        const auto known = ids_.find(number);
        if (known != ids_.end()) return known->second;
        const CustomerId id{static_cast<std::int64_t>(ids_.size()) + 1};
        ids_.emplace(number, id);
        snapshot.add_customer({id, number, name, country, segment, entity}, "");
        if (!name.empty()) snapshot.add_name(id, name);
        return id;
    }
    std::optional<CustomerId> find(const std::string& number) const {
        const auto known = ids_.find(number);
        if (known == ids_.end()) return {};
        return known->second;
    }
    std::string number_of(std::optional<CustomerId> id) const {
        for (const auto& [number, known] : ids_)
            if (id == known) return number;
        return {};
    }
    /// What the question calls an item; empty: nothing.
    std::string name_of(OpenItemId item) const {
        const auto known = items.find(item.value);
        return known == items.end() ? std::string{} : known->second;
    }
    Snapshot snapshot;
    TermNumbers terms;
    std::map<std::int64_t, std::string> items;   ///< the question's own ids

  private:
    std::map<std::string, CustomerId> ids_;
};

std::string or_empty(std::optional<std::string> text) { return text.value_or(""); }

Result<std::vector<std::string>> texts(CalcFields& fields, std::string_view key) {
    std::vector<std::string> lines;
    const auto* value = fields.find(key);
    if (value == nullptr) return lines;
    if (value->is_string()) return std::vector<std::string>{std::string{value->get_string()}};
    if (!value->is_array()) return fail(Errc::invalid_argument, "expected a text or a list of texts", fields.path(key));
    for (const auto& line : value->get_array()) {
        if (!line.is_string()) return fail(Errc::invalid_argument, "expected a list of texts", fields.path(key));
        lines.emplace_back(line.get_string());
    }
    return lines;
}

/// An item, with the keys of `owectl items` as far as they matter here: {"item", "document", "customer", "customer_name", "accounts", "amount" or "original", "residual", "currency", "due_date", "document_date", "kind",
/// "payment_reference", "order", "terms", "discount_until", "discount"}.
Status read_item(CalcFields& row, Currency currency, Date as_of, std::int64_t id, Book& book) {
    OWED_TRY(auto document, row.text_required("document"));
    OWED_TRY(auto number, row.text("customer"));
    OWED_TRY(auto name, row.text("customer_name"));
    OWED_TRY(auto country, row.text("country"));
    OWED_TRY(auto segment, row.text("segment"));
    OWED_TRY(auto accounts, texts(row, "accounts"));
    // As `owectl items` prints them: the id is a number, and what matching does not ask is passed over.
    std::optional<std::string> own_id;
    if (const auto* id_value = row.find("item"); id_value != nullptr && id_value->is_int64()) {
        own_id = std::to_string(id_value->get_int64());
    } else {
        OWED_TRY(own_id, row.text("item"));
    }
    for (const char* beside : {"entity", "state", "days_overdue", "dunning_level", "dispute", "promise"}) static_cast<void>(row.find(beside));
    if (row.has("currency")) {
        OWED_TRY(currency, row.currency_required("currency"));
    }
    OWED_TRY(auto amount, row.money_required(row.has("original") && !row.has("amount") ? "original" : "amount", currency));
    OWED_TRY(auto residual, row.money("residual", currency));
    OWED_TRY(auto kind, row.text("kind"));
    OWED_TRY(auto due, row.date("due_date"));
    OWED_TRY(auto dated, row.date("document_date"));
    OWED_TRY(auto reference, row.text("payment_reference"));
    OWED_TRY(auto order, row.text("order"));
    OWED_TRY(auto terms, row.text("terms"));
    OWED_TRY(auto discount, row.money("discount", currency));
    OWED_TRY(auto until, row.date("discount_until"));
    OWED_TRY_VOID(row.done());
    if (discount.has_value() != until.has_value()) return fail(Errc::invalid_argument, "a discount and its last day belong together", row.path("discount"));
    const bool credit = kind == "credit_memo" || amount.is_negative();
    if (own_id) book.items.emplace(id, *own_id);
    const auto customer = book.customer(or_empty(number), or_empty(name), or_empty(country), or_empty(segment));
    for (const auto& account : accounts)
        if (const auto owners = book.snapshot.by_account(entity, account); std::find(owners.begin(), owners.end(), customer) == owners.end())
            book.snapshot.add_account(entity, account, customer);
    const auto original = credit ? -amount.absolute().units() : amount.units();
    const auto left = residual ? credit ? -residual->absolute().units() : residual->units() : original;
    if ((original < 0) != (left < 0 || (left == 0 && original < 0)) || std::abs(left) > std::abs(original))
        return fail(Errc::invalid_argument, "a residual lies between zero and the amount", row.path("residual"));
    std::vector<cash::DiscountOffer> offers;
    if (discount) offers.push_back({*until, discount->units()});
    const auto day = due.value_or(as_of);
    book.snapshot.add_item(entity, {.item = OpenItemId{id}, .customer = customer, .document = document, .payment_reference = or_empty(reference),
                                    .order = or_empty(order), .document_date = dated.value_or(day), .due_date = day, .original = original,
                                    .residual = left, .tax = 0, .currency = currency, .discounts = offers,
                                    .term = book.terms.of(or_empty(terms), days_between(dated.value_or(day), day))});
    return {};
}

/// A rule is an AutoCash rule by name, or a setting by its key in `cash:` with one value.
Status read_rules(CalcFields& question, Currency currency, Settings& settings) {
    const auto* rules = question.find("rules");
    if (rules == nullptr) return {};
    if (!rules->is_array()) return fail(Errc::invalid_argument, "expected a list of rules", "rules");
    const auto code = std::string{currency.text()};
    RuleList list{.equal_items_by_due_date = true};
    for (const auto& entry : rules->get_array()) {
        if (entry.is_string()) {
            const auto rule = rule_named(std::string{entry.get_string()});
            if (!rule)
                return fail(Errc::invalid_argument, "there is no rule \"" + std::string{entry.get_string()} + "\"", "rules",
                            "match_invoice, clear_account, clear_past_due, clear_past_due_by_term, combo, oldest_first");
            list.rules.push_back(*rule);
            continue;
        }
        if (!entry.is_object()) return fail(Errc::invalid_argument, "a rule is a name or an object", "rules");
        CalcFields one{entry.get_object(), "rules"};
        OWED_TRY(auto percent, one.decimal("tolerance_percent"));
        if (percent) settings.tolerance_percent = *percent;
        OWED_TRY(auto most, one.money("tolerance_max", currency));
        if (most) settings.tolerance_max[code] = most->units();
        OWED_TRY(auto grace, one.integer("discount_grace_days"));
        if (grace) settings.discount_grace_days = *grace;
        OWED_TRY(auto fee, one.money("bank_fee_max", currency));
        if (fee) settings.bank_fee_max[code] = fee->units();
        OWED_TRY(auto country, one.text("withholding_country"));
        OWED_TRY(auto withheld, one.decimal("withholding_percent"));
        if (withheld) settings.withholding_percent[or_empty(country)] = *withheld;
        OWED_TRY(auto name, one.text("not_receivable"));
        OWED_TRY(auto bank_code, one.text("code"));
        OWED_TRY(auto account, one.text("payer_account"));
        OWED_TRY(auto words, one.text("text"));
        if (name) settings.not_receivable.push_back({*name, or_empty(bank_code), or_empty(account), or_empty(words)});
        OWED_TRY_VOID(one.done());
    }
    if (!list.rules.empty()) settings.rules.push_back(std::move(list));
    return {};
}

Result<cash::ReceiptFacts> read_receipt(CalcFields& row, Currency currency, Date as_of, const Book& book) {
    OWED_TRY(auto amount, row.money_required("amount", currency));
    if (!amount.is_positive()) return fail(Errc::invalid_argument, "a receipt's amount is positive", row.path("amount"));
    cash::ReceiptFacts facts{.item = OpenItemId{1}, .entity = entity, .amount = amount, .value_date = as_of, .customer = {}, .payer_name = {}, .payer_account = {},
                       .code = {}, .text = {}, .references = {}};
    OWED_TRY(auto date, row.date("value_date"));
    facts.value_date = date.value_or(as_of);
    OWED_TRY(auto payer, row.text("payer"));
    OWED_TRY(auto account, row.text("payer_account"));
    OWED_TRY(auto code, row.text("code"));
    OWED_TRY(auto customer, row.text("customer"));
    facts.payer_name = or_empty(payer);
    facts.payer_account = or_empty(account);
    facts.code = or_empty(code);
    if (customer) {
        facts.customer = book.find(*customer);
        if (!facts.customer) return fail(Errc::not_found, "customer " + *customer + " has no item here", row.path("customer"));
    }
    OWED_TRY(facts.text, texts(row, "text"));
    OWED_TRY(auto references, texts(row, "references"));
    for (auto& value : references) {
        RemittanceReference reference;
        reference.value = std::move(value);
        facts.references.push_back(std::move(reference));
    }
    OWED_TRY_VOID(row.done());
    return facts;
}

json::array applications_json(const std::vector<ProposedItem>& items, const Book& book) {
    json::array list;
    for (const auto& item : items) {
        json::object one{{"document", json_text(item.document)}, {"amount", json_text(item.amount)}};
        if (const auto own = book.name_of(item.item); !own.empty()) one["item"] = json_text(own);
        const auto part = [&](const char* key, std::int64_t units) {
            if (units != 0) one[key] = json_text(Money::minor(units, item.amount.currency()));
        };
        part("discount", item.discount);
        part("tolerance", item.tolerance);
        part("bank_charge", item.bank_charge);
        part("withholding", item.withholding);
        part("deduction", item.deduction);
        list.push_back(std::move(one));
    }
    return list;
}

json::object match_json(const Decision& decision, const Book& book) {
    const bool applies = decision.outcome == Outcome::apply;
    // Money that is no receivable, or stays on account, leaves the items alone.
    const char* word = applies ? "apply" : decision.outcome == Outcome::question ? "question" : "leave";
    json::array proposals, lost;
    for (const auto& one : decision.proposals) {
        json::array evidence, against;
        for (const auto& sentence : one.evidence) evidence.push_back(json_text(sentence));
        for (const auto& sentence : one.against) against.push_back(json_text(sentence));
        proposals.push_back(json::object{{"customer", json_text(one.customer_number)}, {"applications", applications_json(one.items, book)},
                                         {"confidence", one.confidence}, {"evidence", evidence}, {"against", against}});
    }
    for (const auto& sentence : decision.lost) lost.push_back(json_text(sentence));
    return {{"decision", word}, {"customer", json_text(book.number_of(decision.customer))}, {"stage", json_text(decision.stage)},
            {"confidence", decision.confidence}, {"applications", applications_json(decision.applications, book)}, {"proposals", proposals},
            {"lost", lost}, {"reason", json_text(decision.reason)}};
}

}  // namespace

Result<json::object> calc_match(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto as_of, question.date_required("as_of"));
    OWED_TRY(auto receipt, question.object("receipt"));
    if (!receipt) return fail(Errc::invalid_argument, "\"receipt\" is missing", "receipt", "give it: {\"amount\": \"119.00\", \"currency\": \"EUR\", \"text\": [\"INV-42\"]}");
    OWED_TRY(auto currency, receipt->currency_required("currency"));
    Settings settings;
    OWED_TRY_VOID(read_rules(question, currency, settings));
    Book book;
    OWED_TRY(auto items, question.objects("items"));
    std::int64_t id = 0;
    for (auto& item : items) OWED_TRY_VOID(read_item(item, currency, as_of, ++id, book));
    OWED_TRY(auto facts, read_receipt(*receipt, currency, as_of, book));
    OWED_TRY_VOID(question.done());
    return match_json(decide(facts, book.snapshot, settings), book);
}

}  // namespace owed::ctl
