#include "owed/record_wire.hpp"

#include <flatbuffers/flatbuffers.h>
#include <gtest/gtest.h>

#include <random>

#include "owed/one_record.hpp"
#include "owed/records_generated.h"

namespace owed {
namespace {

struct Kept : RecordSink {
    Status record(Record record) override {
        records.push_back(std::move(record));
        return {};
    }
    std::vector<Record> records;
};

/// Random records whose every field may or may not be set.
class Maker {
  public:
    explicit Maker(std::uint64_t seed) : random_{seed} {}

    Record record() {
        Record r;
        r.external_id = text();
        r.where = text();
        switch (pick(10)) {
            case 0: r.body = customer(); break;
            case 1: r.body = document(); break;
            case 2: r.body = payment(); break;
            case 3: r.body = statement(); break;
            case 4: r.body = FxRate{text(), text(), text(), maybe_date(), text(), text()}; break;
            case 5: r.body = ReferenceRate{text(), maybe_date(), text(), text()}; break;
            case 6: r.body = advice(); break;
            case 7: r.body = application(); break;
            case 8: r.body = answer(); break;
            default: r.body = agency(); break;
        }
        return r;
    }
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  private:
    std::string text() {
        static const std::array<std::string, 6> some{"", "", "Müller & Söhne", "RF18 5390 0754 7034", "株式会社", "a\nb\t\"c\""};
        return some[pick(some.size())];
    }
    std::vector<std::string> texts() {
        std::vector<std::string> all(pick(4));
        for (auto& t : all) t = text();
        return all;
    }
    Amount amount() {
        static const std::array<std::string, 4> codes{"", "EUR", "JPY", "KWD"};
        return {static_cast<std::int64_t>(random_() % 2'000'000'001) - 1'000'000'000, static_cast<std::uint8_t>(pick(5)),
                codes[pick(codes.size())]};
    }
    std::optional<Amount> maybe_amount() { return pick(2) ? std::optional{amount()} : std::nullopt; }
    std::optional<Date> maybe_date() {
        return pick(2) ? std::optional{Date::from_days(static_cast<std::int32_t>(pick(30000)))} : std::nullopt;
    }
    std::optional<std::int32_t> maybe_int() {
        return pick(2) ? std::optional{static_cast<std::int32_t>(pick(200)) - 100} : std::nullopt;
    }
    Customer customer() {
        return {text(), text(), text(), text(), text(), text(), text(), {texts(), text(), text(), text(), text()}, text(),
                maybe_int(), text(), text(), texts(), text(), text()};
    }
    ArDocument document() {
        ArDocument d{static_cast<ArDocument::Kind>(pick(3)), text(), text(), text(), maybe_date(), maybe_date(), maybe_date(),
                     maybe_amount(), maybe_amount(), maybe_amount(), text(), text(), text(), maybe_int(), maybe_int(),
                     maybe_date(), text(), text(), {}, text(), text(), maybe_amount(), maybe_amount(), maybe_date(), pick(2) == 1, maybe_amount()};
        for (auto n = pick(3); n > 0; --n) d.discounts.push_back({maybe_date(), text(), maybe_amount()});
        return d;
    }
    RemittanceReference reference() {
        return {text(), text(), maybe_amount(), maybe_amount(), maybe_amount(), maybe_amount(), text()};
    }
    RemittanceAdvice advice() {
        RemittanceAdvice a{text(), text(), text(), {text(), text(), text()}, maybe_date(), maybe_amount(), {}, text()};
        for (auto n = pick(3); n > 0; --n) a.lines.push_back(reference());
        return a;
    }
    ReceiptApplication application() {
        ReceiptApplication a{text(), text(), text(), text(), text(), text(), text(), maybe_date(), maybe_date(), maybe_amount(), text(), text(), {}, text()};
        for (auto n = pick(3); n > 0; --n) {
            a.documents.push_back({text(), text(), maybe_int(), maybe_amount(), maybe_amount(), maybe_amount(), {}});
            for (auto parts = pick(3); parts > 0; --parts) a.documents.back().parts.push_back({text(), maybe_amount()});
        }
        return a;
    }
    ReceiptAnswer answer() { return {text(), pick(2) == 1, text(), text()}; }
    ErpPayment payment() {
        ErpPayment p{text(), text(), text(), maybe_date(), maybe_amount(), text(), {}};
        for (auto n = pick(3); n > 0; --n) p.applied.push_back({text(), maybe_amount()});
        return p;
    }
    AgencyUpdate agency() {
        return {text(), text(), text(), text(), text(), maybe_date(), maybe_amount(), maybe_amount(), maybe_amount(),
                maybe_amount(), text(), text(), pick(2) == 1};
    }
    BankTransaction transaction(int depth) {
        BankTransaction t;
        t.booking_date = maybe_date();
        t.value_date = maybe_date();
        t.amount = maybe_amount();
        t.amount_text = text();
        t.status = static_cast<EntryStatus>(pick(3));
        t.reversal = pick(2) == 1;
        t.code = text(), t.entry_ref = text(), t.bank_ref = text(), t.end_to_end_id = text(), t.mandate_id = text();
        t.counterparty = {text(), text(), text()};
        t.text = texts();
        for (auto n = pick(3); n > 0; --n)
            t.references.push_back({text(), text(), maybe_amount(), maybe_amount(), maybe_amount(), maybe_amount(), text()});
        t.return_reason = text();
        t.original_amount = maybe_amount();
        t.exchange_rate = text();
        for (auto n = pick(3); n > 0; --n) t.charges.push_back(amount());
        for (auto n = depth < 3 ? pick(3) : 0; n > 0; --n) t.details.push_back(transaction(depth + 1));
        t.where = text();
        return t;
    }
    BankStatement statement() {
        BankStatement s;
        s.account = {text(), text(), text(), text(), text()};
        s.id = text(), s.sequence = text();
        s.from = maybe_date(), s.to = maybe_date();
        if (pick(2)) s.opening = Balance{amount(), maybe_date()};
        if (pick(2)) s.closing = Balance{amount(), maybe_date()};
        for (auto n = pick(5); n > 0; --n) s.entries.push_back(transaction(0));
        s.balance_check = static_cast<Check>(pick(3)), s.control_totals_check = static_cast<Check>(pick(3));
        s.part = static_cast<std::uint32_t>(pick(9)), s.last = pick(2) == 1, s.intraday = pick(2) == 1;
        return s;
    }
    std::mt19937_64 random_;
};

std::uint64_t fresh_seed() {
    const auto seed = static_cast<std::uint64_t>(std::random_device{}());
    std::cout << "seed " << seed << '\n';
    return seed;
}

std::string batch_of(const std::vector<Record>& records) {
    wire::BatchBuilder builder;
    for (const auto& record : records) EXPECT_TRUE(builder.add(record));
    return builder.finish();
}

// The plain structs have no operator==: their canonical wire bytes are compared instead, plus fields by hand below.
TEST(RecordWire, round_trip_of_random_records_is_the_identity) {
    Maker maker{fresh_seed()};
    for (int round = 0; round < 200; ++round) {
        std::vector<Record> records(maker.pick(8));
        for (auto& record : records) record = maker.record();
        const auto bytes = batch_of(records);
        Kept kept;
        const auto status = wire::decode_batch(bytes, {}, kept);
        ASSERT_TRUE(status) << to_text(status.error());
        ASSERT_EQ(kept.records.size(), records.size());
        EXPECT_EQ(batch_of(kept.records), bytes);
    }
}

TEST(RecordWire, a_statement_arrives_field_by_field) {
    BankStatement s;
    s.account.iban = "DE89370400440532013000";
    s.opening = Balance{{10000, 2, "EUR"}, Date::from_days(20000)};
    BankTransaction t;
    t.amount = Amount{-1234, 2, "EUR"};
    t.text = {"INV 4711", "", "thanks"};
    t.references.push_back({"scor", "RF18539007547034", Amount{5, 0, ""}, {}, {}, {}, "short"});
    t.details.resize(2);
    t.details[1].end_to_end_id = "E2E-2";
    s.entries.push_back(t);
    s.last = false;
    Kept kept;
    ASSERT_TRUE(wire::decode_batch(batch_of({{s, "id-1", "feb.mt940:3"}}), {}, kept));
    ASSERT_EQ(kept.records.size(), 1u);
    EXPECT_EQ(kept.records[0].external_id, "id-1");
    EXPECT_EQ(kept.records[0].where, "feb.mt940:3");
    const auto& got = std::get<BankStatement>(kept.records[0].body);
    EXPECT_EQ(got.account.iban, s.account.iban);
    EXPECT_EQ(got.opening->amount, s.opening->amount);
    EXPECT_EQ(got.opening->date, s.opening->date);
    EXPECT_FALSE(got.closing);
    EXPECT_FALSE(got.last);
    ASSERT_EQ(got.entries.size(), 1u);
    EXPECT_EQ(got.entries[0].amount, t.amount);
    EXPECT_EQ(got.entries[0].text, t.text);
    EXPECT_EQ(got.entries[0].references[0].amount, t.references[0].amount);
    EXPECT_FALSE(got.entries[0].references[0].gross);
    EXPECT_EQ(got.entries[0].details[1].end_to_end_id, "E2E-2");
}

TEST(RecordWire, what_was_added_last_arrives) {
    ArDocument invoice;
    invoice.amount = Amount{13090, 2, "EUR"};
    invoice.freight = Amount{1000, 2, "EUR"};
    AgencyUpdate billed, kept_back;
    billed.gross_remittance = true;
    Kept kept;
    ASSERT_TRUE(wire::decode_batch(batch_of({{invoice, {}, {}}, {ArDocument{}, {}, {}}, {billed, {}, {}}, {kept_back, {}, {}}}), {}, kept));
    ASSERT_EQ(kept.records.size(), 4u);
    EXPECT_EQ(std::get<ArDocument>(kept.records[0].body).freight, invoice.freight);
    EXPECT_FALSE(std::get<ArDocument>(kept.records[1].body).freight) << "a plugin that was built before says none";
    EXPECT_TRUE(std::get<AgencyUpdate>(kept.records[2].body).gross_remittance);
    EXPECT_FALSE(std::get<AgencyUpdate>(kept.records[3].body).gross_remittance);
}

TEST(RecordWire, report_delivery_and_receipt_round_trip) {
    const DecodeReport report{"mt940", Verdict::quarantine, {{"a:1", "odd", true}}, {{"a:2", "bad", "x;\xff;y"}}, 12};
    const auto r = wire::decode_report(*wire::encode_report(report), {});
    ASSERT_TRUE(r);
    EXPECT_EQ(r->format, "mt940");
    EXPECT_EQ(r->verdict, Verdict::quarantine);
    EXPECT_TRUE(r->warnings.at(0).grave);
    EXPECT_EQ(r->rejected.at(0).raw, "x;?;y");  // the quoted row may be in any encoding
    EXPECT_EQ(r->records, 12u);

    const Delivery delivery{"key-1", "letter", "ar@example.com", {"a@example.com", "b@example.com"}, "Subject: x\r\n\r\n\xff",
                            {{"letter.pdf", "application/pdf", std::string("%PDF\0\xfe", 6)}}, {"Anna Muster", "", "Berlin"}, "{}", "place"};
    const auto d = wire::decode_delivery(*wire::encode_delivery(delivery), {});
    ASSERT_TRUE(d);
    EXPECT_EQ(d->key, delivery.key);
    EXPECT_EQ(d->recipients, delivery.recipients);
    EXPECT_EQ(d->message, delivery.message);
    EXPECT_EQ(d->parts.at(0).bytes, delivery.parts[0].bytes);
    EXPECT_EQ(d->addressee, delivery.addressee);

    const auto got = wire::decode_receipt(*wire::encode_receipt({SendState::retry, "<m@x>", "greylisted", 60000}), {});
    ASSERT_TRUE(got);
    EXPECT_EQ(got->state, SendState::retry);
    EXPECT_EQ(got->provider_id, "<m@x>");
    EXPECT_EQ(got->retry_after_ms, 60000u);
}

TEST(RecordWire, a_builder_refuses_what_the_wire_cannot_say) {
    wire::BatchBuilder builder;
    Customer customer;
    customer.name = "caf\xe9";
    EXPECT_EQ(builder.add({customer, "", ""}).error().code, Errc::invalid_argument);
    ArDocument document;
    document.amount = Amount{1, 2, "eur"};
    EXPECT_EQ(builder.add({document, "", ""}).error().code, Errc::unknown_currency);
    EXPECT_EQ(builder.records(), 0u);
}

using flatbuffers::FlatBufferBuilder;

std::string finish(FlatBufferBuilder& b, flatbuffers::Offset<wire::Record> record) {
    const std::vector<flatbuffers::Offset<wire::Record>> all{record};
    b.Finish(wire::CreateRecordBatch(b, b.CreateVector(all)));
    return {reinterpret_cast<const char*>(b.GetBufferPointer()), b.GetSize()};
}

TEST(RecordWire, values_out_of_range_are_refused_with_their_path) {
    struct Case {
        const char* name;
        std::string bytes;
        std::string where;
    };
    std::vector<Case> cases;
    const auto document = [](auto build) {
        FlatBufferBuilder b;
        const auto body = build(b);
        return finish(b, wire::CreateRecord(b, wire::Body::ArDocument, body.Union()));
    };
    cases.push_back({"enum", document([](auto& b) { return wire::CreateArDocument(b, 9); }), "records[0].ArDocument.kind"});
    cases.push_back({"date", document([](auto& b) {
                         const wire::OptionalDate date{2'000'000, true};
                         return wire::CreateArDocument(b, 0, 0, 0, 0, &date);
                     }),
                     "records[0].ArDocument.document_date"});
    cases.push_back({"amount", document([](auto& b) {
                         const wire::Amount amount{INT64_MIN, 2, 'E', 'U', 'R'};
                         return wire::CreateArDocument(b, 0, 0, 0, 0, nullptr, nullptr, nullptr, &amount);
                     }),
                     "records[0].ArDocument.amount"});
    cases.push_back({"currency", document([](auto& b) {
                         const wire::Amount amount{1, 2, 'E', 0, 'R'};
                         return wire::CreateArDocument(b, 0, 0, 0, 0, nullptr, nullptr, nullptr, &amount);
                     }),
                     "records[0].ArDocument.amount"});
    cases.push_back({"digits", document([](auto& b) {
                         const wire::Amount amount{1, 200, 'E', 'U', 'R'};
                         return wire::CreateArDocument(b, 0, 0, 0, 0, nullptr, nullptr, nullptr, &amount);
                     }),
                     "records[0].ArDocument.amount"});
    cases.push_back({"utf8", document([](auto& b) { return wire::CreateArDocument(b, 0, b.CreateString("\xc0\xaf")); }),
                     "records[0].ArDocument.number"});
    cases.push_back({"nul", document([](auto& b) { return wire::CreateArDocument(b, 0, b.CreateString("a\0b", 3)); }),
                     "records[0].ArDocument.number"});
    {
        FlatBufferBuilder b;
        cases.push_back({"no_body", finish(b, wire::CreateRecord(b)), "records[0]"});
    }
    for (const auto& c : cases) {
        Kept kept;
        const auto status = wire::decode_batch(c.bytes, {}, kept);
        ASSERT_FALSE(status) << c.name;
        EXPECT_EQ(status.error().code, Errc::malformed_input) << c.name;
        EXPECT_EQ(status.error().where, c.where) << c.name << ": " << to_text(status.error());
    }
}

TEST(RecordWire, amounts_that_do_not_lie_where_amounts_must_are_refused) {
    int refused = 0;
    for (const std::size_t shift : {0, 4}) {  // with one of them the only charge is aligned
        FlatBufferBuilder b;
        b.Pad(shift);
        b.StartVector(4, sizeof(std::uint32_t));
        for (int word = 0; word < 4; ++word) b.PushElement<std::uint32_t>(0);
        const flatbuffers::Offset<flatbuffers::Vector<const wire::Amount*>> charges{b.EndVector(1)};
        const wire::Amount original{1, 2, 'E', 'U', 'R'};
        const auto entries = b.CreateVector(std::vector{wire::CreateBankTransaction(b, nullptr, nullptr, nullptr, 0, 0, false, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                                                                    &original, 0, charges)});
        const auto bytes = finish(b, wire::CreateRecord(b, wire::Body::BankStatement,
                                                        wire::CreateBankStatement(b, 0, 0, 0, 0, 0, 0, 0, nullptr, nullptr, 0, 0, entries).Union()));
        Kept kept;
        const auto status = wire::decode_batch(bytes, {}, kept);
        if (status) continue;
        ++refused;
        EXPECT_EQ(status.error().code, Errc::malformed_input);
        EXPECT_EQ(status.error().where, "records[0].BankStatement.entries[0].charges") << to_text(status.error());
    }
    EXPECT_EQ(refused, 1);
}

TEST(RecordWire, a_shared_offset_bomb_stops_at_its_budget) {
    FlatBufferBuilder b;
    const auto text = b.CreateString(std::string(60'000, 'x'));
    std::vector<flatbuffers::Offset<flatbuffers::String>> lines(30'000, text);
    const auto shared = b.CreateVector(lines);
    const auto bytes = finish(b, wire::CreateRecord(b, wire::Body::Customer, wire::CreateCustomer(b, 0, 0, 0, 0, 0, 0, 0, shared).Union()));
    ASSERT_LT(bytes.size(), 200'000u);  // which would make 1.8 GB
    Kept kept;
    const auto status = wire::decode_batch(bytes, {}, kept);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::input_too_large);
    EXPECT_TRUE(kept.records.empty());
}

TEST(RecordWire, shared_tables_stop_at_the_budget_too) {
    FlatBufferBuilder b;
    auto entries = b.CreateVector(std::vector{wire::CreateBankTransaction(b)});
    for (int level = 0; level < 3; ++level) {
        const auto entry = wire::CreateBankTransaction(b, nullptr, nullptr, nullptr, 0, 0, false, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                                       nullptr, 0, 0, entries);
        entries = b.CreateVector(std::vector(500, entry));
    }
    const auto bytes = finish(b, wire::CreateRecord(b, wire::Body::BankStatement,
                                                    wire::CreateBankStatement(b, 0, 0, 0, 0, 0, 0, 0, nullptr, nullptr, 0, 0, entries).Union()));
    Kept kept;
    const auto status = wire::decode_batch(bytes, {}, kept);
    ASSERT_FALSE(status);  // by the verifier's table count or by the budget
    EXPECT_TRUE(kept.records.empty());
}

TEST(RecordWire, one_record_is_one) {
    Customer customer;
    customer.number = "C1";
    const Record one{customer, "4711", "customers.csv:2"};
    const auto bytes = wire::encode_one(one);
    ASSERT_TRUE(bytes);
    const auto back = wire::decode_one(*bytes);
    ASSERT_TRUE(back) << to_text(back.error());
    EXPECT_EQ(std::get<Customer>(back->body).number, "C1");
    EXPECT_EQ(back->external_id, "4711");
    wire::BatchBuilder none, two;
    EXPECT_EQ(wire::decode_one(none.finish()).error().what, "0 records, where one belongs");
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(two.add(one));
    EXPECT_EQ(wire::decode_one(two.finish()).error().code, Errc::malformed_input);
    EXPECT_FALSE(wire::decode_one("nonsense"));
}

TEST(RecordWire, too_many_records_and_too_many_bytes_are_refused) {
    wire::BatchBuilder builder;
    for (int i = 0; i < 4097; ++i) ASSERT_TRUE(builder.add({Customer{}, std::to_string(i), ""}));
    const auto bytes = builder.finish();
    Kept kept;
    EXPECT_EQ(wire::decode_batch(bytes, {}, kept).error().code, Errc::input_too_large);
    EXPECT_EQ(wire::decode_batch(bytes, {.bytes_max = 100}, kept).error().code, Errc::input_too_large);
}

TEST(RecordWire, every_truncation_and_random_flips_never_crash) {
    const auto seed = fresh_seed();
    Maker maker{seed};
    std::vector<Record> records(6);
    for (auto& record : records) record = maker.record();
    const auto good = batch_of(records);
    std::size_t refused = 0;
    for (std::size_t length = 0; length < good.size(); ++length) {
        Kept kept;
        refused += wire::decode_batch(std::string_view{good}.substr(0, length), {}, kept) ? 0 : 1;
    }
    EXPECT_GT(refused, good.size() / 2) << "seed " << seed;
    std::size_t survived = 0;
    for (int round = 0; round < 20'000; ++round) {
        auto bad = good;
        for (auto flips = 1 + maker.pick(4); flips > 0; --flips)
            bad[maker.pick(bad.size())] ^= static_cast<char>(1u << maker.pick(8));
        Kept kept;
        if (!wire::decode_batch(bad, {}, kept)) continue;
        ++survived;
        for (const auto& record : kept.records) EXPECT_TRUE(wire::is_text(record.where)) << "seed " << seed;
    }
    std::cout << survived << " of 20000 flipped batches still decode\n";
}

TEST(RecordWire, text_is_utf8_by_rfc_3629) {
    for (const char* good : {"", "a", "ü", "€", "𝄞", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(wire::is_text(good)) << good;
    for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                            "\xf5\x80\x80\x80", "\xe2\x82", "\xff"})
        EXPECT_FALSE(wire::is_text(bad));
    EXPECT_FALSE(wire::is_text(std::string_view{"a\0", 2}));
}

}  // namespace
}  // namespace owed
