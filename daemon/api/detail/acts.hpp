// Acts on money that persons ask for: naming the item, one person or two, and the posting that both ways end in.
#pragma once

#include "api/detail/second_person.hpp"
#include "ledger/on_its_day.hpp"
#include "ledger/standing.hpp"

namespace owed::api::detail {

/// On whose word an act is posted.
struct By {
    audit::Actor actor;                  ///< of the audit record: the one person, or the one who approved
    std::string asked, approved;         ///< ids; approved is empty when one person acts alone
    ledger::Cause cause;                 ///< {"person", id} or {"approval", number}
    std::string event_key;
    std::vector<std::string> roles;      ///< the actor's
};
By alone(App& app, const Caller& caller);
By of_two(const App& app, const audit::Request& request);
/// The ledger's context with a person's roles in it: some may post into soft-closed periods. What it is used for within one
/// expression stands on its day or is refused, period_closed.
class Acting {
  public:
    Acting(const App& app, store::Tx& tx, const std::vector<std::string>& roles);
    operator const ledger::Context&() const { return context_; }   // NOLINT(google-explicit-constructor): it is handed on as one

  private:
    ledger::Context context_;
    ledger::OnItsDay on_its_day_;
};
inline Acting acting(const App& app, store::Tx& tx, const std::vector<std::string>& roles) { return {app, tx, roles}; }
/// The same for what happened outside and is only told by a person, as a returned payment: it moves as it would by itself.
ledger::Context late(const App& app, const std::vector<std::string>& roles);

/// One transaction that answers what it did.
Result<Answer> written(App& app, const std::function<Result<json::object>(store::Tx&)>& body);

/// Checks and posts: what a person alone, the trial before a second person is asked, and `approve` all run. `wanted` is complete
/// (item, amount): what is approved is what is done.
using Posting = Result<json::object> (*)(App&, store::Tx&, const json::object& wanted, const By& by);

/// An act that gives something away.
struct Giving {
    std::string_view kind;               ///< of the request and of the limit: "write_off"
    std::string_view act;                ///< as the journal names it, for the sum of 30 days; empty: never alone
    std::string entity, subject, summary;
    std::optional<CustomerId> customer = {};
    Money amount;
    json::object wanted;
};
/// Posts it when the person may do so alone: the limit of its kind and currency is not passed by what the person took off this
/// customer's items in 30 days and this together (SECURITY T24). Otherwise tries it without effect, so that nobody is asked to
/// approve what cannot be, and puts it before a second person; answers the posting or the request.
Result<Answer> give(App& app, const Caller& caller, const Giving& giving, Posting posting);

/// What an approved request does: the posting, on the word of two.
template <Posting posting>
Result<json::object> approved(App& app, store::Tx& tx, const json::object& wanted, const audit::Request& request) {
    return posting(app, tx, wanted, of_two(app, request));
}

/// An item as people name it: the id of owectl items ("17", "#17"), or a document number of a debit ("INV-1", one instalment
/// "INV-1/2"), with its entity where several have it ("emea/INV-1"). Errors: not_found, invalid_argument (several; each is named).
Result<ledger::Item> find_item(store::Db& db, const App& app, const std::string& name);
/// A credit memo or deposit, named in the same ways. Errors: as find_item; a receipt says which verb applies it.
Result<ledger::Item> find_credit(store::Db& db, const App& app, const std::string& name);
/// A receipt ("R-17") or a credit memo or deposit. Errors: as find_item.
Result<ledger::Item> find_any_credit(store::Db& db, const App& app, const std::string& name);
/// What is left of a credit memo or deposit, and what stands applied of it.
json::object credit_left(store::Db& db, OpenItemId credit);
/// "INV-1 of C1", as sentences say it.
std::string named(store::Db& db, const ledger::Item& item);

/// One "NAME=AMOUNT" of a list; the amount is text still.
struct NamedAmount {
    std::string name, amount;
};
/// The list at `key`; `form` is said to who writes it otherwise: "ITEM=AMOUNT". Errors: invalid_argument.
Result<std::vector<NamedAmount>> named_amounts(Arguments& arguments, std::string_view key, std::string_view form);
/// Decimal text as an amount of a currency. Errors: invalid_argument at `key`.
Result<Money> amount_of(const std::string& value, Currency currency, std::string_view key);
/// The amount asked for (`key`), else what is open of the item. Errors: invalid_argument, item_not_open.
Result<Money> amount_or_open(const std::optional<std::string>& value, const ledger::Item& item, std::string_view key);

/// What a posting needs besides its figures; today's date in the item's entity.
ledger::Instruction instruction(const App& app, const ledger::Item& item, const By& by, std::string reason);
/// The record of the act in the caller's transaction: "item.write_off", item 17.
Status audit_item(App& app, store::Tx& tx, const By& by, const ledger::Item& item, std::string_view action, std::string_view reason);
/// {"item", "entity", "document", "customer", "currency", "amount", "residual", "state", "entry", "posting_date", "by", "approved_by"}
json::object posted_json(store::Tx& tx, OpenItemId item, Money amount, const ledger::Posted& posted, const By& by);

/// An instant among the arguments, as RFC 3339. Errors: invalid_argument at `key`.
Result<std::optional<Instant>> moment(Arguments& arguments, std::string_view key);

/// The members of `wanted` that every act on an item has: "item", "amount", "currency", "why"; read back.
struct WantedItem {
    ledger::Item item;
    Money amount;
    std::string why;
};
json::object wanted_json(const ledger::Item& item, Money amount, const std::string& why);
Result<WantedItem> wanted_item(store::Db& db, const json::object& wanted);

}  // namespace owed::api::detail
