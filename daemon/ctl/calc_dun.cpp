// calc dun: would this customer get a notice today, and why. The daemon's own decision on facts given here.
#include <algorithm>
#include <boost/json.hpp>

#include "collect/collect.hpp"
#include "ctl/calc_topics.hpp"

namespace owed::ctl {
namespace json = boost::json;
using namespace collect;

namespace {

using ByCurrency = std::map<std::string, Money>;

/// {"EUR": "25.00", "JPY": "3000"}
Result<ByCurrency> read_amounts(CalcFields& fields, std::string_view key) {
    ByCurrency amounts;
    const auto* value = fields.find(key);
    if (value == nullptr) return amounts;
    if (!value->is_object()) return fail(Errc::invalid_argument, "expected amounts by currency, {\"EUR\": \"25.00\"}", fields.path(key));
    CalcFields row{value->get_object(), fields.path(key)};
    for (const auto& member : value->get_object()) {
        const std::string code{member.key()};
        auto currency = find_currency(code);
        if (!currency) return fail(currency.error().code, currency.error().what, fields.path(key));
        OWED_TRY(auto amount, row.money_required(code, *currency));
        amounts.emplace(code, amount);
    }
    return amounts;
}

Result<Level> read_level(CalcFields& row, int number) {
    Level level;
    OWED_TRY(auto said, row.integer("level"));
    level.level = said.value_or(number);
    OWED_TRY(auto days, row.integer("days"));
    if (!days) return fail(Errc::invalid_argument, "\"days\" is missing", row.path("days"), "days past due from which an item takes the level");
    level.days_past_due = *days;
    OWED_TRY(auto channel, row.choice("channel", {"email", "letter", "agency"}));
    level.channel = static_cast<Channel>(channel.value_or(0));
    OWED_TRY(auto name, row.text("template"));
    level.template_name = name.value_or("reminder-" + std::to_string(level.level));
    OWED_TRY(level.fee, read_amounts(row, "fee"));
    OWED_TRY(auto deadline, row.integer("deadline_days"));
    level.deadline_days = deadline.value_or(level.deadline_days);
    OWED_TRY_VOID(row.done());
    return level;
}

/// The keys of `dunning_policy` in a policy file.
Result<Policy> read_policy(CalcFields& question) {
    OWED_TRY(auto fields, question.object("policy"));
    if (!fields) return fail(Errc::invalid_argument, "\"policy\" is missing", "policy", "give it as a policy file does: {\"levels\": [{\"days\": 3, \"channel\": \"email\"}]}");
    Policy policy;
    OWED_TRY(auto name, fields->text("name"));
    policy.name = name.value_or("policy");
    OWED_TRY(auto grace, fields->integer("grace_days"));
    policy.grace_days = grace.value_or(policy.grace_days);
    OWED_TRY(policy.minimum, read_amounts(*fields, "minimum"));
    OWED_TRY(auto gap, fields->integer("min_gap_days"));
    policy.min_gap_days = gap.value_or(policy.min_gap_days);
    OWED_TRY(auto repeat, fields->integer("repeat_last"));
    policy.repeat_last_max = repeat.value_or(policy.repeat_last_max);
    OWED_TRY(policy.quiet_weekends, fields->flag("quiet_weekends", policy.quiet_weekends));
    OWED_TRY(auto levels, fields->objects("levels"));
    for (auto& row : levels) {
        OWED_TRY(auto level, read_level(row, static_cast<int>(policy.levels.size()) + 1));
        policy.levels.push_back(std::move(level));
    }
    OWED_TRY_VOID(fields->done());
    if (auto good = check(policy); !good) return fail(good.error().code, good.error().what, "policy." + good.error().where);
    return policy;
}

/// Who is not said to have no address is taken to have one: the question is about debts, not about master data.
Result<CustomerSnapshot> read_customer(CalcFields& question) {
    CustomerSnapshot customer;
    customer.number = "the customer";
    customer.email = "given";
    customer.has_postal_address = true;
    OWED_TRY(auto fields, question.object("customer"));
    if (!fields) return customer;
    OWED_TRY(auto number, fields->text("customer"));
    customer.number = number.value_or(customer.number);
    OWED_TRY(auto name, fields->text("name"));
    customer.name = name.value_or("");
    OWED_TRY(auto language, fields->text("language"));
    customer.language = language.value_or("");
    OWED_TRY(auto email, fields->text("email"));
    customer.email = email.value_or(customer.email);
    OWED_TRY(customer.has_postal_address, fields->flag("postal_address", true));
    OWED_TRY(auto channel, fields->text("channel"));
    customer.preferred_channel = channel.value_or("");
    OWED_TRY(auto block, fields->text("dunning_block"));
    customer.dunning_block = block.value_or("");
    OWED_TRY(customer.notice_under_way, fields->flag("notice_under_way", false));
    OWED_TRY(customer.last_notice, fields->date("last_notice"));
    OWED_TRY(customer.unapplied, read_amounts(*fields, "unapplied"));
    OWED_TRY_VOID(fields->done());
    return customer;
}

Result<DueItem> read_item(CalcFields& row, std::int64_t number, const std::optional<Currency>& usual) {
    OWED_TRY(auto currency, usual && !row.has("currency") ? Result<Currency>{*usual} : row.currency_required("currency"));
    OWED_TRY(auto residual, row.money_required("residual", currency));
    if (!residual.is_positive()) return fail(Errc::invalid_argument, "what is open of a debt is positive", row.path("residual"));
    OWED_TRY(auto original, row.money("original", currency));
    DueItem item{.item = OpenItemId{number}, .document = {}, .document_date = {}, .due_date = {}, .original = original.value_or(residual), .residual = residual, .last_notice = {}};
    OWED_TRY(item.document, row.text_required("document"));
    OWED_TRY(item.due_date, row.date_required("due_date"));
    OWED_TRY(auto document_date, row.date("document_date"));
    item.document_date = document_date.value_or(item.due_date);
    OWED_TRY(auto level, row.integer("level"));
    item.level = level.value_or(0);
    OWED_TRY(auto repeated, row.integer("last_level_count"));
    item.last_level_count = repeated.value_or(0);
    OWED_TRY(item.last_notice, row.date("last_notice"));
    OWED_TRY(item.in_flight, row.flag("in_flight", false));
    OWED_TRY(item.in_question, row.flag("in_question", false));
    OWED_TRY(item.disputed, row.flag("disputed", false));
    OWED_TRY_VOID(row.done());
    return item;
}

Result<DueItem*> item_named(CustomerSnapshot& customer, const std::string& document, const std::string& where) {
    for (auto& item : customer.items)
        if (item.document == document) return &item;
    return fail(Errc::not_found, "there is no item with the document \"" + document.substr(0, 40) + "\"", where);
}

/// {"kind": "dispute", "document"}, {"kind": "promise", "document", "by"}, {"kind": "hold", "why"}, {"kind": "placement"}.
Status read_cases(CalcFields& question, CustomerSnapshot& customer) {
    OWED_TRY(auto rows, question.objects("cases"));
    for (auto& row : rows) {
        OWED_TRY(auto kind, row.choice("kind", {"dispute", "hold", "placement", "promise"}));
        OWED_TRY(auto document, row.text("document"));
        OWED_TRY(auto why, row.text("why"));
        OWED_TRY(auto by, row.date("by"));
        OWED_TRY_VOID(row.done());
        if (!kind) return fail(Errc::invalid_argument, "a case has a kind", row.path("kind"), "dispute, promise, hold or placement");
        if (*kind == 0) {
            OWED_TRY(auto item, item_named(customer, document.value_or(""), row.path("document")));
            item->disputed = true;
        } else if (*kind == 1) {
            customer.hold = true;
            customer.hold_reason = why.value_or("a case");
        } else if (*kind == 2) {
            customer.placed = true;
        } else {
            OWED_TRY(auto item, item_named(customer, document.value_or(""), row.path("document")));
            if (!by) return fail(Errc::invalid_argument, "a promise has the day by which it is to be kept", row.path("by"));
            item->promised = std::max(item->promised.value_or(*by), *by);
        }
    }
    return {};
}

/// Notices that went out: {"date", "level", "documents": ["INV-1"]}; without documents for all items due by then.
Status read_history(CalcFields& question, const Policy& policy, CustomerSnapshot& customer) {
    OWED_TRY(auto rows, question.objects("history"));
    for (auto& row : rows) {
        OWED_TRY(auto date, row.date_required("date"));
        OWED_TRY(auto level, row.integer("level"));
        if (!level || *level < 1) return fail(Errc::invalid_argument, "a notice has a level from 1", row.path("level"));
        std::vector<std::string> documents;
        if (const auto* value = row.find("documents"); value != nullptr) {
            if (!value->is_array()) return fail(Errc::invalid_argument, "expected a list of document numbers", row.path("documents"));
            for (const auto& one : value->get_array()) {
                if (!one.is_string()) return fail(Errc::invalid_argument, "expected a list of document numbers", row.path("documents"));
                documents.emplace_back(one.get_string().data(), one.get_string().size());
            }
        }
        OWED_TRY_VOID(row.done());
        for (auto& item : customer.items) {
            const bool named = std::find(documents.begin(), documents.end(), item.document) != documents.end();
            if (documents.empty() ? item.due_date >= date : !named) continue;
            item.level = std::max(item.level, *level);
            item.last_notice = std::max(item.last_notice.value_or(date), date);
            if (*level == policy.levels.back().level) ++item.last_level_count;
        }
        customer.last_notice = std::max(customer.last_notice.value_or(date), date);
    }
    return {};
}

json::object told(const Decision& decision) {
    json::array items, stops;
    for (const auto& item : decision.items)
        items.push_back(json::object{{"document", json_text(item.document)}, {"days_overdue", item.days_overdue}, {"residual", json_text(item.residual)}, {"level", item.level}});
    for (const auto& stop : decision.stops) stops.push_back(json::object{{"stop", json_text(stop.stop)}, {"until", json_or_null(stop.until)}, {"why", json_text(stop.why)}});
    // Interest is billed as a document of its own, not decided with the notice.
    json::object answer{{"decision", json_text(name_of(decision.verdict))}, {"level", decision.level}, {"items", std::move(items)}, {"amount", json_text(decision.amount)},
                        {"fee", json_or_null(decision.fee)}, {"interest", nullptr}, {"stops", std::move(stops)}, {"reason", json_text(decision.reason)},
                        {"currency", json_text(decision.currency.text())}};
    answer["channel"] = decision.items.empty() ? json::value(nullptr) : json::value(json_text(name_of(decision.channel)));
    return answer;
}

}  // namespace

Result<json::object> calc_dun(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto as_of, question.date_required("as_of"));
    OWED_TRY(auto policy, read_policy(question));
    OWED_TRY(auto customer, read_customer(question));
    std::optional<Currency> usual;
    if (question.has("currency")) {
        OWED_TRY(usual, question.currency_required("currency"));
    }
    OWED_TRY(auto rows, question.objects("items"));
    for (auto& row : rows) {
        OWED_TRY(auto item, read_item(row, static_cast<std::int64_t>(customer.items.size()) + 1, usual));
        customer.items.push_back(std::move(item));
    }
    std::stable_sort(customer.items.begin(), customer.items.end(), [](const auto& a, const auto& b) { return a.due_date < b.due_date; });
    OWED_TRY_VOID(read_cases(question, customer));
    OWED_TRY_VOID(read_history(question, policy, customer));
    OWED_TRY_VOID(question.done());
    for (const auto& item : customer.items)
        if (item.level < 0 || item.level > policy.levels.back().level)
            return fail(Errc::invalid_argument, "the level " + std::to_string(item.level) + " of " + item.document + " is not one of the policy's", "items");
    return told(decide(policy, customer, as_of));
}

}  // namespace owed::ctl
