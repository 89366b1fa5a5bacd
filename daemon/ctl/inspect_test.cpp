#include "ctl/inspect.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace owed::ctl {
namespace {

namespace json = boost::json;

Amount eur(std::int64_t units) { return {units, 2, "EUR"}; }

BankTransaction credit() {
    BankTransaction t;
    t.booking_date = *parse_date("2026-03-31");
    t.value_date = *parse_date("2026-04-01");
    t.amount = eur(105);
    t.amount_text = "1.050";
    t.code = "PMNT/RCDT/ESCT";
    t.bank_ref = "B1";
    t.end_to_end_id = "E2E";
    t.counterparty = {"Beispiel GmbH", "DE1", "BICX"};
    t.text = {"line one", "line two"};
    t.references.push_back({"document", "RE-1", eur(105), {}, {}, {}, ""});
    t.charges.push_back(eur(-26));
    t.where = "a.xml:7";
    return t;
}

Record part(std::uint32_t number, bool last) {
    BankStatement s;
    s.account = {"DE89370400440532013000", "", "COBADEFF", "EUR", ""};
    s.id = "S1";
    s.sequence = "12";
    s.opening = Balance{eur(0), *parse_date("2026-03-30")};
    s.entries = {credit()};
    s.part = number;
    s.last = last;
    if (last) {
        s.closing = Balance{eur(210), {}};
        s.balance_check = Check::ok;
    }
    return {std::move(s), "", "a.xml:2"};
}

DecodeReport report_of(Verdict verdict) {
    DecodeReport report;
    report.format = "camt.053.001.08";
    report.verdict = verdict;
    return report;
}

TEST(InspectJson, has_exactly_the_published_keys) {
    const Record records[] = {part(0, true)};
    DecodeReport report = report_of(Verdict::warn);
    report.warnings.push_back({"a.xml:1:1", "no namespace", false});
    report.rejected.push_back({"b.csv:4", "no number", "raw"});
    const json::value expected = json::parse(R"({
      "format": "camt.053.001.08", "verdict": "warn",
      "statements": [{
        "account": {"iban": "DE89370400440532013000", "id": null, "bank": "COBADEFF", "currency": "EUR", "name": null},
        "id": "S1", "sequence": "12", "from": null, "to": null, "intraday": false,
        "opening": {"amount": "0.00", "currency": "EUR", "date": "2026-03-30"},
        "closing": {"amount": "2.10", "currency": "EUR", "date": null},
        "entries": [{
          "booking_date": "2026-03-31", "value_date": "2026-04-01", "amount": "1.05", "currency": "EUR", "amount_text": "1.050",
          "status": "booked", "reversal": false, "code": "PMNT/RCDT/ESCT", "entry_ref": null, "bank_ref": "B1",
          "end_to_end_id": "E2E", "mandate_id": null,
          "counterparty": {"name": "Beispiel GmbH", "account": "DE1", "bank": "BICX"},
          "remittance": {"text": ["line one", "line two"], "references": [{"type": "document", "value": "RE-1", "amount": "1.05",
            "gross": null, "discount": null, "adjustment": null, "reason": null}]},
          "return_reason": null, "original": {"amount": null, "currency": null, "rate": null},
          "charges": [{"amount": "-0.26", "currency": "EUR"}], "where": "a.xml:7", "details": []}],
        "checks": {"balance": "ok", "control_totals": "absent"}}],
      "batches": [], "documents": [],
      "warnings": [{"where": "a.xml:1:1", "what": "no namespace", "grave": false}],
      "rejected": [{"where": "b.csv:4", "what": "no number"}]})");
    EXPECT_EQ(json::value(inspect_json(records, report)), expected) << json::serialize(inspect_json(records, report));
}

TEST(InspectJson, parts_of_a_statement_are_one) {
    const Record records[] = {part(0, false), part(1, true), part(0, true)};
    const json::object out = inspect_json(records, report_of(Verdict::accept));
    const json::array& statements = out.at("statements").as_array();
    ASSERT_EQ(statements.size(), 2u);
    EXPECT_EQ(statements[0].at("entries").as_array().size(), 2u);
    EXPECT_EQ(statements[0].at("closing").at("amount").as_string(), "2.10");
    EXPECT_EQ(statements[1].at("entries").as_array().size(), 1u);
}

TEST(InspectJson, batch_children_keep_their_keys_and_may_have_no_amount) {
    Record record = part(0, true);
    auto& entry = std::get<BankStatement>(record.body).entries[0];
    entry.details = {credit(), credit()};
    entry.details[1].amount.reset();
    const json::object out = inspect_json({&record, 1}, report_of(Verdict::accept));
    const json::array& details = out.at("statements").at(0).at("entries").at(0).at("details").as_array();
    ASSERT_EQ(details.size(), 2u);
    EXPECT_EQ(details[0].at("amount").as_string(), "1.05");
    EXPECT_TRUE(details[1].at("amount").is_null());
    EXPECT_TRUE(details[1].at("currency").is_null());
}

TEST(InspectJson, amounts_keep_the_digits_of_their_currency) {
    struct Case {
        Amount amount;
        std::string_view text;
    };
    for (const Case& c : {Case{{1234, 0, "JPY"}, "1234"}, Case{{1234, 3, "KWD"}, "1.234"}, Case{{123450, 2, "EUR"}, "1234.50"}, Case{{-5, 2, "EUR"}, "-0.05"},
                          Case{{12345, 4, ""}, "1.2345"}}) {
        Record record = part(0, true);
        std::get<BankStatement>(record.body).entries[0].amount = c.amount;
        const json::object out = inspect_json({&record, 1}, report_of(Verdict::accept));
        const json::value& entry = out.at("statements").at(0).at("entries").at(0);
        EXPECT_EQ(entry.at("amount").as_string(), c.text);
        EXPECT_EQ(entry.at("currency").is_null(), c.amount.currency.empty());
    }
}

TEST(InspectJson, erp_records_are_documents_with_their_kind) {
    Customer customer;
    customer.number = "C1";
    customer.name = "Muster AG";
    ArDocument memo;
    memo.kind = ArDocument::Kind::credit_memo;
    memo.number = "GS-1";
    memo.amount = eur(100);
    memo.tax = eur(16);
    memo.freight = eur(10);
    memo.retained = eur(5);
    memo.release_date = Date::from_days(20000);
    ErpPayment payment;
    payment.number = "P1";
    payment.applied.push_back({"RE-1", eur(50)});
    AgencyUpdate update;
    update.placement = "PL1";
    update.gross = eur(70);
    update.gross_remittance = true;
    const Record records[] = {{customer, "x1", "c.csv:2"}, {memo, "", "d.csv:2"}, {payment, "", "p.csv:2"}, {update, "", "a.csv:2"}};
    const json::object out = inspect_json(records, report_of(Verdict::accept));
    const json::array& documents = out.at("documents").as_array();
    ASSERT_EQ(documents.size(), 4u);
    EXPECT_EQ(documents[0].at("kind").as_string(), "customer");
    EXPECT_EQ(documents[0].at("external_id").as_string(), "x1");
    EXPECT_TRUE(documents[0].at("email").is_null());
    EXPECT_EQ(documents[1].at("kind").as_string(), "credit_memo");
    EXPECT_EQ(documents[1].at("amount").as_string(), "1.00");
    EXPECT_EQ(documents[1].at("currency").as_string(), "EUR");
    EXPECT_TRUE(documents[1].at("open").is_null());
    EXPECT_EQ(documents[1].at("tax").as_string(), "0.16");
    EXPECT_EQ(documents[1].at("freight").as_string(), "0.10");
    EXPECT_EQ(documents[1].at("retained").as_string(), "0.05");
    EXPECT_EQ(documents[1].at("release_date").as_string(), "2024-10-04");
    EXPECT_FALSE(documents[1].at("deposit").as_bool());
    EXPECT_EQ(documents[2].at("applied").at(0).at("amount").as_string(), "0.50");
    EXPECT_EQ(documents[3].at("kind").as_string(), "agency_update");
    EXPECT_EQ(documents[3].at("gross").as_string(), "0.70");
    EXPECT_EQ(documents[3].at("remits").as_string(), "gross");
    EXPECT_TRUE(out.at("statements").as_array().empty());
}

TEST(InspectJson, refusals_have_code_what_where_do) {
    const json::object out = error_json({Errc::malformed_input, "bad", "a.xml:1:2", ""});
    EXPECT_EQ(out.at("error").at("code").as_string(), "malformed_input");
    EXPECT_EQ(out.at("error").at("where").as_string(), "a.xml:1:2");
    EXPECT_TRUE(out.at("error").at("do").is_null());
}

TEST(InspectText, tells_verdict_checks_and_amounts) {
    const Record records[] = {part(0, true)};
    DecodeReport report = report_of(Verdict::quarantine);
    report.warnings.push_back({"a.xml:2:1", "opening + booked is not closing", true});
    const std::string text = inspect_text(records, report);
    EXPECT_EQ(text,
              "camt.053.001.08: quarantined: nothing of it is posted until a person releases it\n"
              "  wrong: a.xml:2:1: opening + booked is not closing\n"
              "\n"
              "Statement S1, number 12, account DE89370400440532013000\n"
              "  opening 0.00 EUR on 2026-03-30, closing 2.10 EUR\n"
              "  checks: balance ok, control totals absent\n"
              "  booked      value         amount  status  counterparty   remittance\n"
              "  2026-03-31  2026-04-01  1.05 EUR  booked  Beispiel GmbH  document RE-1 | line one | line two\n");
}

TEST(InspectText, a_file_cannot_steer_the_terminal) {
    Record record = part(0, true);
    std::get<BankStatement>(record.body).entries[0].counterparty.name = "A\x1b[2J\xC2\x9B" "31m\nB";
    const std::string text = inspect_text({&record, 1}, report_of(Verdict::accept));
    EXPECT_NE(text.find("A?[2J?31m?B"), std::string::npos) << text;
}

}  // namespace
}  // namespace owed::ctl
