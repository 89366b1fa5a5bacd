// Every MT940 and MT942 file of the corpus: verdict and facts as its expected.json has them.
#include "formats/mt940/mt940.hpp"
#include "formats/mt940/values.hpp"
#include "formats/text/reader_testing.hpp"
#include "owed/money.hpp"

namespace owed::formats {
namespace {

using namespace testing;
namespace json = boost::json;

/// "380115.1" and "380115.10" are one amount.
std::string plain_amount(std::string text) {
    if (text.find('.') == std::string::npos) return text;
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text == "-0" ? "0" : text;
}
std::string plain_amount(const Amount& amount) { return plain_amount(to_text(amount)); }

/// "200521" -> "2020-05-21"; a day that does not exist has no date.
std::string iso_date(const std::string& yymmdd) { return date_text(mt940::read_date(yymmdd).date); }

/// Letters and digits alone: the collection keeps line breaks and subfield codes that our records resolve.
std::string letters_of(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (std::isalnum(static_cast<unsigned char>(c))) out += c;
    return out;
}

/// The same without subfield codes, which may be broken over two lines.
std::string without_codes(std::string_view all) {
    std::string out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i] == '|') continue;
        if ((all[i] == '?' || all[i] == '>') && i + 2 < all.size()) {
            for (int digits = 0; digits < 2 && i + 1 < all.size();) digits += all[++i] != '|';
            continue;
        }
        out += all[i];
    }
    return letters_of(out);
}

void compare_balance(const json::value& want, const std::optional<Balance>& got, const std::string& name) {
    EXPECT_EQ(got.has_value(), !want.is_null()) << name;
    if (!got || want.is_null()) return;
    EXPECT_EQ(plain_amount(got->amount), plain_amount(testing::text_of(want.at("amount")))) << name;
    EXPECT_EQ(got->amount.currency, testing::text_of(want.at("currency"))) << name;
    EXPECT_EQ(date_text(got->date), iso_date(testing::text_of(want.at("date")))) << name;
}

void compare_entry(const json::object& want, const BankTransaction& got, const std::string& in_file, const std::string& name) {
    ASSERT_TRUE(got.amount) << name;
    EXPECT_EQ(plain_amount(*got.amount), plain_amount(testing::text_of(want.at("signed")))) << name;
    EXPECT_EQ(got.code, testing::text_of(want.at("type"))) << name;
    EXPECT_EQ(got.entry_ref, testing::text_of(want.at("customer_ref"))) << name;
    EXPECT_EQ(got.bank_ref, testing::text_of(want.at("bank_ref"))) << name;
    EXPECT_EQ(date_text(got.value_date), iso_date(testing::text_of(want.at("date")))) << name;
    EXPECT_EQ(got.reversal, testing::text_of(want.at("mark")).starts_with("R")) << name;
    const std::string entry = testing::text_of(want.at("entry"));
    EXPECT_EQ(got.booking_date.has_value(), !entry.empty() && got.value_date.has_value()) << name;
    if (got.booking_date) {
        EXPECT_EQ(to_text(*got.booking_date).substr(5), entry.substr(0, 2) + "-" + entry.substr(2)) << name;
    }
    // Whatever we tell of the entry is in its text (or in field NS, which the collection leaves out); and free text is told
    // whole. The collection's reader takes ":26:37" for a tag, so the file itself has the last word.
    const json::value* info = want.if_contains("info");
    if (!info) return;
    const std::string all = testing::text_of(*info) + (want.contains("supplementary") ? "|" + testing::text_of(want.at("supplementary")) : "");
    if (all.find("\xC2\xA0") != std::string::npos || all.find("\xC2\xA2") != std::string::npos || all.find("\xC2\xA1") != std::string::npos) return;  // read as 1252
    const auto is_told = [&](const std::string& value) {
        const std::string letters = letters_of(value);
        return letters_of(all).find(letters) != std::string::npos || without_codes(all).find(letters) != std::string::npos ||
               in_file.find(letters) != std::string::npos;
    };
    for (const std::string& line : got.text) EXPECT_TRUE(is_told(line)) << name << ": " << line << "\n" << all;
    for (const std::string& value : {got.end_to_end_id, got.mandate_id, got.counterparty.account, got.counterparty.bank})
        EXPECT_TRUE(is_told(value)) << name << ": " << value;
    if (testing::text_of(*info).find_first_of("?>/") == std::string::npos && !testing::text_of(*info).empty()) {
        EXPECT_NE(letters_of(joined(got.text)).find(letters_of(testing::text_of(*info))), std::string::npos) << name << ": " << joined(got.text);
    }
}

void compare_message(const json::object& want, const BankStatement& got, const std::string& in_file, const std::string& name) {
    EXPECT_EQ(got.id, testing::text_of(want.at("ref"))) << name;
    const std::string account = testing::text_of(want.at("account"));
    EXPECT_TRUE(got.account.id == account || got.account.iban == account) << name << ": " << got.account.id << " " << got.account.iban;
    EXPECT_EQ(got.sequence, testing::text_of(want.at("number"))) << name;
    compare_balance(want.at("opening"), got.opening, name + " opening");
    compare_balance(want.at("closing"), got.closing, name + " closing");
    const auto* count = want.if_contains("n_transactions");
    EXPECT_EQ(got.entries.size(), static_cast<std::size_t>(count->as_int64())) << name;
    Amount credits{}, debits{};
    std::int64_t reversals = 0;
    for (const BankTransaction& entry : got.entries) {
        (entry.amount->units > 0 ? credits : debits).units += std::abs(entry.amount->units);
        credits.digits = debits.digits = entry.amount->digits;
        reversals += entry.reversal;
    }
    EXPECT_EQ(plain_amount(credits), plain_amount(testing::text_of(want.at("credits")))) << name;
    EXPECT_EQ(plain_amount(debits), plain_amount(testing::text_of(want.at("debits")))) << name;
    EXPECT_EQ(reversals, want.at("n_reversals").as_int64()) << name;
    const std::string check = want.contains("balance_check") ? testing::text_of(want.at("balance_check")) : "";
    EXPECT_EQ(got.balance_check, check.empty() ? Check::absent : check == "ok" ? Check::ok : Check::broken) << name;
    const auto& transactions = want.at("tx").as_array();
    for (std::size_t i = 0; i < transactions.size() && i < got.entries.size(); ++i)
        compare_entry(transactions[i].as_object(), got.entries[i], in_file, name + " entry " + std::to_string(i + 1));
}

/// Each problem that the collection names must be said, in our words.
void compare_problems(const json::array& problems, const std::string& said, const std::string& name) {
    const std::pair<std::string_view, std::string_view> words[] = {
        {"non_swift_charset", "charset"},        {"control_characters", "control character"}, {"balance_mismatch", "the balance does not add up"},
        {"impossible_date", "there is no value date"}, {"missing_mandatory_tags", "has no field"},
    };
    for (const json::value& problem : problems)
        for (const auto& [code, word] : words) {
            if (!testing::text_of(problem).starts_with(code)) continue;
            const bool spoken = said.find(word) != std::string::npos || (code == "non_swift_charset" && said.find("SWIFT allows ASCII only") != std::string::npos);
            EXPECT_TRUE(spoken) << name << ": " << testing::text_of(problem) << "\n" << said;
        }
}

TEST(Mt940Corpus, verdicts_and_facts) {
    const auto expected = corpus_folder() / "mt940" / "expected.json";
    if (!std::filesystem::exists(expected)) GTEST_SKIP() << "no corpus at " << expected;
    const json::value root = json::parse(slurp(expected));
    for (const json::value& file : root.at("files").as_array()) {
        const std::string name = testing::text_of(file.at("file")), verdict = testing::text_of(file.at("verdict"));
        const std::string bytes = slurp(corpus_folder() / name);
        EXPECT_GE(mt940::sniff(std::string_view{bytes}.substr(0, 4096), name), verdict == "either" ? 40 : 90) << name;
        const Outcome outcome = run(mt940::decode, bytes);
        if (verdict == "either" && !outcome.report) {
            EXPECT_FALSE(outcome.report.error().where.empty()) << name;
            continue;
        }
        ASSERT_TRUE(outcome.report) << name << ": " << to_text(outcome.report.error());
        const std::string said = warnings_of(*outcome.report);
        if (verdict != "either") {
            EXPECT_EQ(name_of(outcome.report->verdict), verdict) << name << "\n" << said;
        }
        compare_problems(file.at("problems").as_array(), said, name);
        const auto& messages = file.at("messages").as_array();
        EXPECT_EQ(outcome.statements.size(), messages.size()) << name;
        for (std::size_t i = 0; i < messages.size() && i < outcome.statements.size(); ++i)
            compare_message(messages[i].as_object(), outcome.statements[i], without_codes(bytes), name + " message " + std::to_string(i + 1));
    }
}

}  // namespace
}  // namespace owed::formats
