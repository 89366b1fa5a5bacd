// Verbs of credits and of what customers deduct: refunds, and deductions until they are resolved (DOMAIN sections 7 and 11).
#include <algorithm>

#include "api/detail/acts.hpp"
#include "cash/refund_void.hpp"
#include "ledger/credits.hpp"
#include "ledger/deductions.hpp"

namespace owed::api::detail {
namespace {

/// The end of an account, for sentences that many may read (SECURITY 7.5); the approved act names all of it.
std::string account_end(const std::string& account) { return "the account that ends in " + account.substr(account.size() - std::min<std::size_t>(account.size(), 4)); }

// ---------------------------------------------------------------- refund

std::string name_of_credit(const ledger::Item& item) {
    return item.kind == ledger::ItemKind::receipt || item.document.empty() ? "R-" + std::to_string(item.id.value) : item.document;
}

/// Money goes back only where it came from (DOMAIN section 11, SECURITY T26): a receipt's and a deposit's to the account that paid it,
/// a credit memo's to one from which its customer has paid.
Result<std::string> own_account(store::Db& db, const ledger::Item& credit, const std::optional<std::string>& asked, const std::vector<std::string>& roles) {
    const auto name = name_of_credit(credit);
    const auto paid_from = cash::accounts_paid_from(db, credit.id);
    const bool own = credit.kind == ledger::ItemKind::receipt;
    const auto key = asked ? parties::account_key(*asked) : std::string{};
    if (paid_from.empty()) {
        const auto unknown = own ? "the bank did not tell from which account " + name + " was paid" : "no bank line tells an account from which the customer of " + name + " has paid";
        return fail(Errc::refused, unknown + (asked ? ", so nobody can say that it was " + key : ", so nobody can say where it may go back to"), "account",
                    "let the payer's bank recall the payment, or apply it to what the customer owes");
    }
    std::string known;
    for (const auto& one : paid_from) known += (known.empty() ? "" : ", ") + account_for(roles, one);
    if (asked && std::find(paid_from.begin(), paid_from.end(), key) == paid_from.end())
        return fail(Errc::refused, (own ? name : "the customer of " + name) + (own ? " was" : " has") + " paid from " + known + "; a refund to " + key + " is not possible", "account",
                    own ? "refund it to the account it came from" : "refund it to an account from which the customer has paid");
    if (!asked && paid_from.size() > 1)
        return fail(Errc::invalid_argument, "the customer of " + name + " has paid from several accounts: " + known, "account", "say which: --account A");
    return asked ? key : paid_from.front();
}

Result<json::object> post_refund(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    OWED_TRY(const auto one, wanted_item(tx, wanted));
    const auto number = name_of_credit(one.item);
    OWED_TRY(const auto account, own_account(tx, one.item, std::string{wanted.at("account").as_string()}, by.roles));
    OWED_TRY(const auto posted, ledger::refund(tx, acting(app, tx, by.roles), {.credit = one.item.id, .amount = one.amount, .bank_gl = {},
                                                                .instruction = instruction(app, one.item, by, "refund of " + number + " to " + account_end(account) +
                                                                                                                  (one.why.empty() ? "" : ": " + one.why))}));
    OWED_TRY_VOID(cash::refund_ordered(tx, {.entry = posted.entry, .receipt = one.item.id, .entity = one.item.entity, .account = account, .amount = one.amount,
                                            .ordered = instruction(app, one.item, by, {}).date}));
    OWED_TRY_VOID(audit_item(app, tx, by, one.item, "cash.refund", shown(one.amount) + " of " + number + (one.why.empty() ? "" : ": " + one.why)));
    auto answer = posted_json(tx, one.item.id, one.amount, posted, by);
    answer["receipt"] = text(number);
    answer["account"] = text(account_for(by.roles, account));
    return answer;
}

Result<Giving> wanted_refund(store::Db& db, const App& app, const std::string& name, const std::optional<std::string>& account,
                             const std::optional<std::string>& wanted_amount, const std::string& why, const std::vector<std::string>& roles) {
    OWED_TRY(const auto item, find_any_credit(db, app, name));
    const auto number = name_of_credit(item);
    if (!item.customer)
        return fail(Errc::wrong_customer, number + " is not identified", {}, "say whose money it is: owectl cash identify " + number + " CUSTOMER");
    OWED_TRY(const auto to, own_account(db, item, account, roles));
    OWED_TRY(const auto units, amount_or_open(wanted_amount, item, "amount"));
    auto wanted = wanted_json(item, units, why);
    wanted["receipt"] = text(number);
    wanted["account"] = text(to);
    return Giving{.kind = "refund", .act = "refund", .entity = item.entity, .subject = number,
                  .summary = "refund " + shown(units) + " of " + number + " from " + named(db, item) + " to " + account_end(to) + (why.empty() ? "" : ": " + why),
                  .customer = item.customer, .amount = units, .wanted = wanted};
}

Result<Answer> refund(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto number, arguments.required("receipt", "which receipt, credit memo or deposit"));
    const auto amount = arguments.text("amount"), account = arguments.text("account");
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    std::optional<Giving> giving;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(giving, wanted_refund(db, app, number, account, amount, why, caller.roles));
        return {};
    }));
    return give(app, caller, *giving, post_refund);
}

/// Taken back before the bank has booked it.
Result<json::object> post_refund_void(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    OWED_TRY(const auto one, wanted_item(tx, wanted));
    const EntryId entry{wanted.at("entry").as_int64()};
    const auto number = name_of_credit(one.item);
    const auto asked = instruction(app, one.item, by, "the refund of " + shown(one.amount) + " of " + number + " is not paid: " + one.why);
    OWED_TRY(const auto posted, cash::void_refund(tx, acting(app, tx, by.roles), entry, asked.date, asked.cause, asked.reason, asked.event_key));
    OWED_TRY_VOID(audit_item(app, tx, by, one.item, "cash.refund_void", asked.reason));
    auto answer = posted_json(tx, one.item.id, one.amount, posted, by);
    answer["receipt"] = text(number);
    answer["refund"] = entry.value;
    return answer;
}

Result<Answer> refund_void(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto entry, arguments.integer("entry"));
    OWED_TRY(const auto why, arguments.required("why", "why it is not paid"));
    OWED_TRY_VOID(arguments.done());
    if (!entry) return fail(Errc::invalid_argument, "say which refund, by its entry", "entry", "see owectl cash refunds");
    std::optional<Giving> giving;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(const auto refund, cash::refund_on_its_way(db, EntryId{*entry}));
        const auto item = ledger::item(db, refund.receipt);
        OWED_CHECK(item.has_value(), "what is refunded is an item");
        auto wanted = wanted_json(*item, refund.amount, why);
        wanted["entry"] = *entry;
        const auto number = name_of_credit(*item);
        giving = Giving{.kind = "refund_void", .act = {}, .entity = refund.entity, .subject = number,
                        .summary = "do not pay the refund of " + shown(refund.amount) + " of " + number + " to " + account_end(refund.account) + ": " + why,
                        .customer = item->customer, .amount = refund.amount, .wanted = wanted};
        return {};
    }));
    return give(app, caller, *giving, post_refund_void);
}

// ---------------------------------------------------------------- deductions

Status must_be_deduction(store::Db& db, const ledger::Item& item) {
    if (item.kind == ledger::ItemKind::deduction) return {};
    return fail(Errc::invalid_argument, named(db, item) + " is a " + std::string{ledger::name_of(item.kind)} + ", not a deduction", "item", "see owectl deductions");
}

Result<json::object> post_accepted(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    OWED_TRY(const auto one, wanted_item(tx, wanted));
    const auto why = one.why.empty() ? std::string{"deduction accepted"} : "deduction accepted: " + one.why;
    OWED_TRY(const auto posted, ledger::accept_deduction(tx, acting(app, tx, by.roles), {.deduction = one.item.id, .amount = one.amount,
                                                                          .against_revenue = wanted.at("against_revenue").as_bool(),
                                                                          .instruction = instruction(app, one.item, by, why)}));
    OWED_TRY_VOID(audit_item(app, tx, by, one.item, "deduction.accept", shown(one.amount) + ": " + why));
    auto answer = posted_json(tx, one.item.id, one.amount, posted, by);
    answer["resolution"] = "valid";
    return answer;
}

struct Resolving {
    std::string item, why;
    std::optional<std::string> amount, chargeback;
    std::optional<Date> due;
    bool against_revenue = false;
};

Result<Answer> accept(App& app, const Resolving& asked, const Caller& caller) {
    std::optional<Giving> giving;
    if (auto read = app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(const auto item, find_item(db, app, asked.item));
        OWED_TRY_VOID(must_be_deduction(db, item));
        OWED_TRY(const auto units, amount_or_open(asked.amount, item, "amount"));
        auto wanted = wanted_json(item, units, asked.why);
        wanted["against_revenue"] = asked.against_revenue;
        giving = Giving{.kind = "deduction", .act = "deduction_accepted", .entity = item.entity, .subject = "item " + std::to_string(item.id.value),
                        .summary = "accept the deduction " + named(db, item) + " with " + shown(units) + (asked.against_revenue ? " against revenue" : "") +
                                   (asked.why.empty() ? "" : ": " + asked.why),
                        .customer = item.customer, .amount = units, .wanted = wanted};
        return {};
    }); !read) return fail(std::move(read).error());
    return give(app, caller, *giving, post_accepted);
}

/// The customer still owes it: the invoice opens again, or it is billed anew.
Result<json::object> reject(App& app, store::Tx& tx, const Resolving& asked, const By& by) {
    OWED_TRY(const auto item, find_item(tx, app, asked.item));
    OWED_TRY_VOID(must_be_deduction(tx, item));
    OWED_TRY(const auto units, amount_or_open(asked.amount, item, "amount"));
    const auto why = asked.why.empty() ? std::string{"deduction rejected"} : "deduction rejected: " + asked.why;
    const auto instructed = instruction(app, item, by, why);
    json::object answer;
    if (asked.chargeback) {
        OWED_TRY(const auto billed, ledger::charge_back(tx, acting(app, tx, by.roles), {.deduction = item.id, .amount = units, .document = *asked.chargeback,
                                                                         .due_date = asked.due.value_or(instructed.date), .instruction = instructed}));
        answer = posted_json(tx, item.id, units, billed.posted, by);
        answer["chargeback"] = billed.item.value;
    } else {
        OWED_TRY(const auto posted, ledger::reject_deduction(tx, acting(app, tx, by.roles), {.deduction = item.id, .amount = units, .instruction = instructed}));
        answer = posted_json(tx, item.id, units, posted, by);
        answer["chargeback"] = nullptr;
    }
    OWED_TRY_VOID(audit_item(app, tx, by, item, asked.chargeback ? "deduction.charge_back" : "deduction.reject", shown(units) + ": " + why));
    answer["resolution"] = "invalid";
    return answer;
}

Result<Answer> resolve(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    Resolving asked;
    OWED_TRY(asked.item, arguments.required("item", "which deduction"));
    OWED_TRY(const auto resolution, arguments.required("resolution", "whether it is valid or invalid"));
    asked.why = arguments.text("why").value_or("");
    asked.amount = arguments.text("amount");
    asked.chargeback = arguments.text("chargeback");
    OWED_TRY(asked.due, arguments.date("due"));
    asked.against_revenue = arguments.flag("against_revenue");
    OWED_TRY_VOID(arguments.done());
    if (resolution != "valid" && resolution != "invalid")
        return fail(Errc::invalid_argument, "\"" + resolution + "\" is neither valid nor invalid", "resolution");
    if (resolution == "valid" && asked.chargeback)
        return fail(Errc::invalid_argument, "what is valid is not charged back", "chargeback", "say invalid, or leave --chargeback out");
    if (resolution == "invalid" && asked.against_revenue)
        return fail(Errc::invalid_argument, "only what is valid goes against revenue", "against_revenue");
    if (asked.due && !asked.chargeback) return fail(Errc::invalid_argument, "a due date is that of a chargeback: --chargeback NUMBER", "due");
    if (resolution == "valid") return accept(app, asked, caller);
    json::object answer;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(answer, reject(app, tx, asked, alone(app, caller)));
        return {};
    }); !done) return fail(std::move(done).error());
    return Answer{answer, true};
}

Result<Answer> deductions(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    ledger::ItemFilter filter;
    filter.entity = arguments.text("entity");
    const auto customer = arguments.text("customer");
    filter.open_only = !arguments.flag("all");
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        if (customer) {
            OWED_TRY(const auto row, find_customer(db, app.books, *customer));
            filter.customer = row.id;
        }
        json::array list;
        ledger::each_item(db, app.books, filter, [&](const ledger::Item& item) {
            if (item.kind != ledger::ItemKind::deduction) return;
            const auto row = item.customer ? parties::find(db, *item.customer) : std::nullopt;
            const auto terms = ledger::terms_of(db, item.id);
            const auto of = terms && terms->source ? ledger::item(db, *terms->source) : std::nullopt;
            list.push_back(json::object{{"item", item.id.value}, {"entity", text(item.entity)}, {"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)},
                                        {"document", text(item.document)}, {"of", of ? json::value(text(of->document)) : json::value(nullptr)},
                                        {"reason_code", terms ? maybe(terms->reason_code) : json::value(nullptr)}, {"document_date", date(item.document_date)},
                                        {"days", std::max(0, days_between(item.posting_date, app.books.find(item.entity)->today(app.clock.now())))},
                                        {"currency", currency(item.original)}, {"original", amount(item.original)}, {"residual", amount(item.residual)},
                                        {"state", text(ledger::state_of(item))}});
        });
        return json::object{{"deductions", list}, {"as_of", date(today(app))}};
    });
}

constexpr Verb credit_table[] = {
    {"cash refund", true, false, "cash_applier|supervisor", refund},
    {"cash refund-void", true, false, "cash_applier|supervisor", refund_void},
    {"deduction resolve", true, false, "collector|supervisor", resolve},
    {"deductions", false, true, "", deductions},
};
constexpr SecondPersonAct credit_second_person[] = {{"refund", approved<post_refund>}, {"refund_void", approved<post_refund_void>}, {"deduction", approved<post_accepted>}};

}  // namespace

std::span<const Verb> credit_verbs() { return credit_table; }
std::span<const SecondPersonAct> credit_acts() { return credit_second_person; }

}  // namespace owed::api::detail
