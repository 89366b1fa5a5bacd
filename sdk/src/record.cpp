#include "owed/record.hpp"

#include "owed/hosts.hpp"

namespace owed {

Result<Money> Amount::money() const {
    OWED_TRY(auto iso, find_currency(currency));
    std::int64_t value = units;
    std::uint8_t have = digits;
    for (; have > iso.minor_digits; --have) {
        if (value % 10 != 0)
            return fail(Errc::amount_precision, to_text(*this) + " has more decimals than " + currency + " has");
        value /= 10;
    }
    for (; have < iso.minor_digits; ++have)
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value))
            return fail(Errc::amount_overflow, "the amount is beyond what can be booked");
    if (value > money_units_max || value < -money_units_max)
        return fail(Errc::amount_overflow, "the amount is beyond what can be booked (4.5e18 minor units)");
    return Money::minor(value, iso);
}

std::string to_text(const Amount& amount) { return minor_to_text(amount.units, amount.digits); }

std::string_view kind_of(const Record& record) {
    struct Name {
        std::string_view operator()(const Customer&) const { return "customer"; }
        std::string_view operator()(const ArDocument& document) const {
            switch (document.kind) {
                case ArDocument::Kind::invoice: return "invoice";
                case ArDocument::Kind::credit_memo: return "credit_memo";
                case ArDocument::Kind::debit_memo: return "debit_memo";
            }
            return "invoice";
        }
        std::string_view operator()(const ErpPayment&) const { return "payment"; }
        std::string_view operator()(const BankStatement&) const { return "bank_statement"; }
        std::string_view operator()(const AgencyUpdate&) const { return "agency_update"; }
        std::string_view operator()(const Contact&) const { return "contact"; }
        std::string_view operator()(const SalesOrder&) const { return "sales_order"; }
        std::string_view operator()(const AccountStatus&) const { return "account_status"; }
        std::string_view operator()(const OrderHold&) const { return "order_hold"; }
        std::string_view operator()(const FxRate&) const { return "fx_rate"; }
        std::string_view operator()(const ReferenceRate&) const { return "reference_rate"; }
        std::string_view operator()(const RemittanceAdvice&) const { return "remittance_advice"; }
        std::string_view operator()(const ReceiptApplication&) const { return "receipt_application"; }
        std::string_view operator()(const ReceiptAnswer&) const { return "receipt_answer"; }
    };
    return std::visit(Name{}, record.body);
}

std::string_view name_of(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::accept: return "accept";
        case Verdict::warn: return "warn";
        case Verdict::quarantine: return "quarantine";
    }
    return "quarantine";
}

Result<Sniffed> Connector::sniff(std::string_view, std::string_view) {
    return fail(Errc::unsupported, "connector " + name() + " is no codec");
}
bool Connector::takes(std::string_view kind) const { return has("sink") && (kind == "account_status" || kind == "order_hold"); }
Result<std::vector<WriteResult>> Connector::write(const std::vector<Record>&) {
    return fail(Errc::unsupported, "connector " + name() + " is no sink");
}
Result<MatchAnswer> Connector::propose(const MatchQuestion&) {
    return fail(Errc::unsupported, "connector " + name() + " is no decider");
}

std::string_view name_of(SendState state) noexcept {
    switch (state) {
        case SendState::sent: return "sent";
        case SendState::refused: return "refused";
        case SendState::retry: return "retry";
        case SendState::unknown: return "unknown";
    }
    return "unknown";
}

std::string_view name_of(InstanceState state) noexcept {
    switch (state) {
        case InstanceState::starting: return "starting";
        case InstanceState::ok: return "ok";
        case InstanceState::degraded: return "degraded";
        case InstanceState::failed: return "failed";
        case InstanceState::quarantined: return "quarantined";
        case InstanceState::stopped: return "stopped";
    }
    return "failed";
}

}  // namespace owed
