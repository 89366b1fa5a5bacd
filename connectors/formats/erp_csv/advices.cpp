#include "formats/erp_csv/advices.hpp"

#include <optional>

namespace owed::formats::erp_csv {
namespace {

__extension__ typedef __int128 Wide;
constexpr int finest = 18;  // digits of the finest amount that is read

/// At the finest scale, so that figures as written can be added: 12.5 and 0.25.
std::optional<Wide> wide(const std::optional<Amount>& amount) {
    if (!amount || amount->digits > finest) return {};
    Wide units = amount->units;
    for (int d = amount->digits; d < finest; ++d) units *= 10;
    return units;
}

Amount negated(Amount amount) {
    amount.units = -amount.units;
    return amount;
}

/// The discount with the sign of what it is of: some write it positive, others negative, and a credit memo carries the
/// discount that its invoice enjoyed (DOMAIN section 5), so that -100.00 less -2.00 is -98.00.
/// Without a gross it is of the net and what was kept back besides.
void give_sign(RemittanceReference& line) {
    if (!line.discount) return;
    Wide whole = 0;
    if (line.gross) whole = wide(line.gross).value_or(0);
    else if (line.amount) whole = wide(line.amount).value_or(0) - wide(line.adjustment).value_or(0);
    if ((whole < 0) != (line.discount->units < 0)) line.discount = negated(*line.discount);
}

/// Whether gross - discount + adjustment is the net.
bool agrees(const RemittanceReference& line) {
    const auto gross = wide(line.gross), net = wide(line.amount);
    return *net == *gross - wide(line.discount).value_or(0) + wide(line.adjustment).value_or(0);
}

/// What is missing of gross, discount, adjustment and net follows from the others; where all are there, they prove with
/// which sign the adjustment is written: some write 50.00 for what they kept back, others -50.00.
Fit<bool> read_figures(const RowView& row, std::string_view currency, RemittanceReference& line) {
    OWED_FIT(line.gross, row.amount("gross", currency));
    OWED_FIT(line.discount, row.amount("discount", currency));
    OWED_FIT(line.amount, row.amount("net", currency));
    OWED_FIT(auto deduction, row.amount("deduction", currency));
    OWED_FIT(line.adjustment, row.amount("adjustment", currency));
    if (deduction) line.adjustment = negated(*deduction);
    give_sign(line);
    if (line.gross && line.amount) {
        if (agrees(line)) return true;
        if (line.adjustment) line.adjustment = negated(*line.adjustment);
        if (agrees(line)) return true;
        return row.misfit("net", "net " + to_text(*line.amount) + " is not gross " + to_text(*line.gross) + " less discount and deduction");
    }
    if (deduction && deduction->units < 0)
        return row.misfit("deduction", "deduction " + to_text(*deduction) + " is negative, and without gross and net nothing says on which side it is");
    if (line.amount || !line.gross) return true;
    Wide net = *wide(line.gross) - wide(line.discount).value_or(0) + wide(line.adjustment).value_or(0);
    Amount made = *line.gross;
    for (const auto* other : {&line.discount, &line.adjustment})
        if (*other && (*other)->digits > made.digits) made.digits = (*other)->digits;
    for (int d = made.digits; d < finest; ++d) net /= 10;
    if (net > money_units_max || net < -money_units_max) return row.misfit("gross", "the net is beyond what can be booked");
    made.units = static_cast<std::int64_t>(net);
    line.amount = made;
    return true;
}

}  // namespace

Fit<RemittanceAdvice> advice_of(const RowView& row) {
    RemittanceAdvice advice;
    OWED_FIT(advice.number, row.required("id", id_max));
    OWED_FIT(advice.entity, row.text("entity", id_max));
    OWED_FIT(advice.customer, row.text("customer", id_max));
    OWED_FIT(advice.payer.name, row.text("payer", name_max));
    OWED_FIT(advice.payer.account, row.text("payer_account", id_max));
    std::erase(advice.payer.account, ' ');
    OWED_FIT(advice.payer.bank, row.text("payer_bank", id_max));
    OWED_FIT(advice.date, row.date("date"));
    OWED_FIT(auto currency, row.currency());
    OWED_FIT(advice.amount, row.amount("amount", currency));
    OWED_FIT(auto text, row.lines("text", text_max));
    for (const std::string& one : text) advice.text += (advice.text.empty() ? "" : "\n") + one;
    RemittanceReference line;
    line.type = "document";
    OWED_FIT(line.value, row.text("document", id_max));
    OWED_FIT(line.reason, row.text("reason", name_max));
    OWED_FIT(bool read, read_figures(row, currency, line));
    (void)read;
    const bool figures = line.gross || line.amount || line.discount || line.adjustment;
    if (figures && line.value.empty()) return row.misfit("document", "there are figures, but no document that they are for");
    if (!line.value.empty()) advice.lines.push_back(std::move(line));
    return advice;
}

Advices::Advice& Advices::at(const std::string& key, std::uint32_t line, std::string_view raw) {
    const auto [place, is_new] = places_.try_emplace(key, advices_.size());
    if (is_new) advices_.push_back({{}, line, 0, std::string{raw}});
    return advices_[place->second];
}

void Advices::add(const std::string& key, RemittanceAdvice row, std::uint32_t line, std::string_view raw) {
    Advice& advice = at(key, line, raw);
    if (advice.advice.number.empty()) {
        advice.advice = std::move(row);
        return;
    }
    for (RemittanceReference& one : row.lines) advice.advice.lines.push_back(std::move(one));
    if (!row.text.empty() && row.text != advice.advice.text) advice.advice.text += (advice.advice.text.empty() ? "" : "\n") + row.text;
}

void Advices::spoil(const std::string& key, std::uint32_t line, std::string_view raw) {
    Advice& advice = at(key, line, raw);
    if (advice.broken_line == 0) advice.broken_line = line;
}

std::string disagreement(const RemittanceAdvice& advice) {
    const auto amount = wide(advice.amount);
    if (!amount || advice.lines.empty()) return {};
    Wide sum = 0;
    for (const RemittanceReference& line : advice.lines) {
        const auto net = wide(line.amount);
        if (!net) return {};
        if (__builtin_add_overflow(sum, *net, &sum)) return "the lines of payment " + advice.number + " add up to more than can be booked";
    }
    if (sum == *amount) return {};
    return "the lines of payment " + advice.number + " do not add up to its amount " + to_text(*advice.amount);
}

}  // namespace owed::formats::erp_csv
