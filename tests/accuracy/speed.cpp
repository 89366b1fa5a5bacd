// owed-accuracy --speed: how fast one core decides over a snapshot of 1,000,000 open items of 100,000 customers, gathering
// included, and how much memory the snapshot takes. Receipts as most are: four of five name what they pay.
#include "speed.hpp"

#include <chrono>
#include <cstdio>
#include <random>

#include "cash/decision.hpp"
#include "cash/snapshot.hpp"

namespace owed::accuracy {
namespace {

constexpr std::int64_t customers = 100'000, items = 1'000'000;
constexpr int receipts = 200'000;

std::string number_of(std::int64_t item) { return "INV-2026-" + std::to_string(10'000'000 + item).substr(1); }
std::int64_t amount_of(std::int64_t item) { return 1'000 + (item * 7'919) % 4'999'999; }
std::string name_of(std::int64_t customer) { return "Beispiel " + std::to_string(customer) + " Handel GmbH"; }

cash::Snapshot book(Currency currency) {
    cash::Snapshot snapshot;
    snapshot.reserve(items, customers);
    for (std::int64_t i = 1; i <= customers; ++i) {
        const auto number = std::to_string(100'000 + i);
        snapshot.add_customer({CustomerId{i}, number, name_of(i), "DE", "standard", "emea"}, "");
        snapshot.add_name(CustomerId{i}, name_of(i));
        if (i % 2 == 0) snapshot.add_account("emea", "DE" + std::to_string(i * 1'000'003), CustomerId{i});
    }
    const auto day = *parse_date("2026-02-01");
    for (std::int64_t i = 1; i <= items; ++i) {
        const auto document = number_of(i), order = "PO-" + std::to_string(4'500'000 + i);
        snapshot.add_item("emea", {.item = OpenItemId{i}, .customer = CustomerId{1 + (i * 31) % customers}, .document = document, .payment_reference = {},
                                   .order = order, .document_date = day.plus_days(static_cast<std::int32_t>(i % 50)),
                                   .due_date = day.plus_days(static_cast<std::int32_t>(i % 50) + 30), .original = amount_of(i), .residual = amount_of(i),
                                   .tax = 0, .currency = currency});
    }
    return snapshot;
}

std::vector<cash::ReceiptFacts> some_receipts(Currency currency) {
    std::mt19937 random{1};
    std::vector<cash::ReceiptFacts> list;
    list.reserve(receipts);
    for (int i = 0; i < receipts; ++i) {
        const std::int64_t item = 1 + random() % items;
        const auto customer = 1 + (item * 31) % customers;
        cash::ReceiptFacts facts{.item = OpenItemId{i + 1}, .entity = "emea", .amount = Money::minor(amount_of(item), currency), .value_date = *parse_date("2026-03-30"),
                                 .customer = {}, .payer_name = name_of(customer), .payer_account = {}, .code = "PMNT/RCDT/ESCT", .text = {}, .references = {}};
        for (auto& c : facts.payer_name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        if (customer % 2 == 0) facts.payer_account = "DE" + std::to_string(customer * 1'000'003);
        if (i % 5 != 0) facts.text = {"RECHNUNG " + number_of(item) + " VOM", "01.03.2026 DANKE"};
        list.push_back(std::move(facts));
    }
    return list;
}

}  // namespace

int measure_speed() {
    const auto currency = *find_currency("EUR");
    const auto seconds_since = [](auto begin) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
    auto begin = std::chrono::steady_clock::now();
    const auto snapshot = book(currency);
    std::printf("snapshot: %zu items, %.1f s, %zu MiB\n", snapshot.items(), seconds_since(begin), snapshot.bytes() >> 20);
    const auto list = some_receipts(currency);
    const cash::Settings settings;
    int applied = 0;
    begin = std::chrono::steady_clock::now();
    for (const auto& facts : list) applied += cash::decide(facts, snapshot, settings).outcome == cash::Outcome::apply ? 1 : 0;
    const auto taken = seconds_since(begin);
    std::printf("decided: %d receipts in %.2f s, %.0f a second; %d applied\n", receipts, taken, receipts / taken, applied);
    return applied > receipts * 9 / 10 ? 0 : 1;
}

}  // namespace owed::accuracy
