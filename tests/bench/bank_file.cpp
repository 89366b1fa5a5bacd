#include "bank_file.hpp"

#include <algorithm>

namespace owed::bench {
namespace {

/// Lines pay all over the book and never twice: the first half of the invoices singly, the second as the partner in a pair.
int invoice_of(int i, int items) {
    const auto half = items / 2;
    const auto stride = half % 7919 == 0 ? 7907 : 7919;   // primes: no book has both in its size
    return static_cast<int>(static_cast<std::int64_t>(i) * stride % half);
}

std::string upper(std::string text) {
    for (auto& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return text;
}

/// What the payer writes and pays.
void fill(BankTransaction& line, int kind, int invoice, int items) {
    auto units = amount_of(invoice);
    const auto digits = number_of(invoice).substr(3);
    switch (kind) {
        case 14: case 15: line.text = {"RECHNUNG " + digits + " VOM", "01.03.2026 DANKE"}; break;
        case 16: break;
        case 17: {
            const auto second = invoice + items / 2;   // of the same customer
            units += amount_of(second);
            line.text = {number_of(invoice) + " " + number_of(second)};
            break;
        }
        case 18:
            units = units * 3 / 5;
            line.text = {"TEILZAHLUNG " + number_of(invoice)};
            break;
        case 19:
            units = units * 7 / 9;
            line.text = {"VIELEN DANK"};
            break;
        default: line.text = {"RECHNUNG " + number_of(invoice) + " VOM", "01.03.2026 DANKE"}; break;
    }
    line.amount = Amount{units, 2, "EUR"};
}

}  // namespace

BankTransaction bank_line(int i, int items) {
    const auto kind = i % 20;
    const auto customers = customers_of(items);
    const auto invoice = invoice_of(i, items);
    BankTransaction line;
    line.booking_date = line.value_date = day;
    line.code = "PMNT/RCDT/ESCT";
    line.bank_ref = "B" + std::to_string(7'000'000 + i);
    const auto customer = invoice % customers;
    if (kind == 19) {
        line.counterparty = {"JEMAND " + std::to_string(i), "DE99" + std::to_string(i), {}};
    } else {
        line.counterparty = {upper(customer_name(customer)), account_of(customer), {}};
    }
    fill(line, kind, invoice, items);
    line.where = "bank:" + std::to_string(i + 1);
    return line;
}

Status BankFile::read(const ReadRequest& request, ReadTarget& target) {
    OWED_TRY([[maybe_unused]] auto fate, target.artifact({"march.bank", "lines " + std::to_string(lines_)}));
    return target.commit(request.cursor + "+", {});
}

Result<DecodeReport> BankFile::decode(std::string_view, std::string_view, std::string_view, std::string_view, RecordSink& sink) {
    constexpr int part_lines = 500;
    last_pass = std::chrono::steady_clock::now();
    std::int64_t sum = 0;
    for (int first = 0, part = 0; first < lines_; first += part_lines, ++part) {
        BankStatement statement;
        statement.account.iban = our_iban;
        statement.account.currency = "EUR";
        statement.id = "2026-03";
        statement.from = statement.to = day;
        statement.opening = Balance{Amount{0, 2, "EUR"}, day};
        statement.part = part;
        const auto end = std::min(first + part_lines, lines_);
        statement.last = end == lines_;
        for (int i = first; i < end; ++i) {
            statement.entries.push_back(bank_line(i, items_));
            sum += statement.entries.back().amount->units;
        }
        if (statement.last) statement.closing = Balance{Amount{sum, 2, "EUR"}, day};
        OWED_TRY_VOID(sink.record({std::move(statement), {}, "bank:1"}));
    }
    DecodeReport report;
    report.format = "bench";
    report.records = static_cast<std::uint64_t>(lines_);
    return report;
}

}  // namespace owed::bench
