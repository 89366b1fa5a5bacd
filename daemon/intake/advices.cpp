// What payers say their payments are for, sent apart from the money.
#include "intake/detail/routing.hpp"

namespace owed::intake::detail {
namespace {

/// The currency that the advice or one of its lines names; a source that names none means the entity's.
std::string currency_of(const RemittanceAdvice& advice, const ledger::Entity& entity) {
    if (advice.amount && !advice.amount->currency.empty()) return advice.amount->currency;
    for (const auto& line : advice.lines)
        if (line.amount && !line.amount->currency.empty()) return line.amount->currency;
    return std::string{entity.currency.text()};
}

Result<Money> money_in(Amount amount, const std::string& currency) {
    if (amount.currency.empty()) amount.currency = currency;
    if (amount.currency != currency)
        return fail(Errc::currency_mismatch, "an advice over " + currency + " has a figure in " + amount.currency, "column currency");
    return amount.money();
}

Result<std::int64_t> units_of(const std::optional<Amount>& amount, const std::string& currency) {
    if (!amount) return 0;
    OWED_TRY(const auto money, money_in(*amount, currency));
    return money.units();
}

/// A line's figures. A payment of one document need not repeat its amount in the line.
Result<cash::AdviceLine> line_of(const RemittanceReference& said, const RemittanceAdvice& advice, const std::string& currency) {
    cash::AdviceLine line;
    line.document = said.value;
    line.reason = said.reason;
    if (line.document.empty()) return fail(Errc::invalid_argument, "a line of the advice names no document", "column document");
    const auto& net = said.amount || advice.lines.size() > 1 ? said.amount : advice.amount;
    if (!net) return fail(Errc::invalid_argument, "the line of document " + line.document + " has no amount", "column net");
    OWED_TRY(line.net, units_of(net, currency));
    OWED_TRY(line.discount, units_of(said.discount, currency));
    OWED_TRY(const auto adjustment, units_of(said.adjustment, currency));
    if (adjustment > 0)
        return fail(Errc::invalid_argument, "the line of document " + line.document + " pays more than its document by its adjustment; only what is kept back is taken",
                    "column adjustment", "ask the payer which document the rest is for");
    line.deduction = -adjustment;
    if (said.gross) {
        OWED_TRY(line.gross, units_of(said.gross, currency));
        return line;
    }
    if (__builtin_add_overflow(line.net, line.discount, &line.gross) || __builtin_add_overflow(line.gross, line.deduction, &line.gross))
        return fail(Errc::amount_overflow, "the figures of document " + line.document + " are beyond what can be booked");
    return line;
}

/// The same payment with the same content is the same advice; with other content it is a second one, and then the receipt is
/// asked about and not guessed.
std::string event_key_of(const cash::Advice& advice, const std::string& connector) {
    std::string content = advice.payer_name + '\0' + advice.customer_number + '\0' + to_text(advice.date) + '\0' + to_text(advice.amount) +
                          std::string{advice.amount.currency().text()};
    for (const auto& line : advice.lines)
        content += '\0' + line.document + '\0' + std::to_string(line.gross) + '\0' + std::to_string(line.discount) + '\0' + std::to_string(line.deduction) + '\0' +
                   std::to_string(line.net) + '\0' + line.reason;
    return "advice/" + connector + "/" + advice.entity + "/" + advice.payment_number + "/" + store::hex(store::sha256(content));
}

}  // namespace

Result<Fate> Router::advice(const RemittanceAdvice& said) {
    OWED_TRY(const auto entity_id, entity_for(said.entity));
    OWED_TRY(const auto* entity, ledger_.books.entity(entity_id));
    const std::string name = said.number.empty() ? std::string{"the advice"} : "advice " + said.number;
    if (!said.date) return fail(Errc::invalid_argument, name + " has no date of payment", "column date");
    if (said.lines.empty()) return fail(Errc::invalid_argument, name + " names no document", "column document");
    const auto currency = currency_of(said, *entity);
    OWED_TRY(const auto known_currency, find_currency(currency));
    cash::Advice advice{.id = 0, .entity = entity_id, .payment_number = said.number, .payer_name = said.payer.name, .customer_number = said.customer,
                        .date = *said.date, .amount = Money::zero(known_currency), .lines = {}};
    for (const auto& one : said.lines) {
        OWED_TRY(auto line, line_of(one, said, currency));
        OWED_TRY(advice.amount, add(advice.amount, Money::minor(line.net, known_currency)));
        advice.lines.push_back(std::move(line));
    }
    if (said.amount) {
        OWED_TRY(advice.amount, money_in(*said.amount, currency));
    }
    if (!advice.amount.is_positive()) return fail(Errc::invalid_argument, name + " is over " + to_text(advice.amount) + "; a payment is more than nothing", "column amount");
    const auto event = event_key_of(advice, source_.connector);
    if (cash::knows_advice(tx_, event)) return Fate::duplicate;
    OWED_TRY([[maybe_unused]] const auto id, cash::add_advice(tx_, ledger_, advice, event));
    money_moved = true;   // a receipt may have waited for it
    return Fate::applied;
}

}  // namespace owed::intake::detail
