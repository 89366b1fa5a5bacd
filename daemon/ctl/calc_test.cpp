#include "ctl/calc.hpp"
#include "places/places.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <random>

namespace owed::ctl {
namespace {

namespace json = boost::json;

CalcAnswer ask(std::string_view topic, std::string_view question) { return calc(*find_calc_topic(topic), question); }

std::string text_of(const json::value& value) { return value.is_string() ? std::string{value.get_string().c_str()} : json::serialize(value); }

/// "a.b" of an object; "[0]" of an array.
std::string at(const json::value& answer, std::string_view path) {
    json::error_code error;
    const auto* found = answer.find_pointer(std::string{path}, error);
    return found == nullptr ? "nothing at " + std::string{path} + " of " + json::serialize(answer) : text_of(*found);
}

struct Example {
    std::string topic, question, answer;
};

/// The page's sections "## `topic`", each with a question and its answer as the first two JSON blocks.
std::vector<Example> documented() {
    std::ifstream file{owed::source_folder() + "/docs/reference/calc.md"};
    const std::string page{std::istreambuf_iterator<char>{file}, {}};
    std::vector<Example> examples;
    const auto block = [&](std::size_t& from) {
        const auto start = page.find("```json\n", from) + 8, end = page.find("\n```", start);
        from = end + 4;
        return page.substr(start, end - start);
    };
    for (auto section = page.find("\n## `"); section != std::string::npos; section = page.find("\n## `", section + 1)) {
        const auto name = section + 5;
        auto from = section;
        auto question = block(from);
        examples.push_back({page.substr(name, page.find('`', name) - name), std::move(question), block(from)});
    }
    return examples;
}

TEST(Calc, documented_examples_answer_as_they_stand) {
    const auto examples = documented();
    for (const auto& topic : calc_topics())
        EXPECT_TRUE(std::any_of(examples.begin(), examples.end(), [&](const auto& example) { return example.topic == topic.name; })) << topic.name << " has no example in docs/reference/calc.md";
    for (const auto& example : examples) {
        ASSERT_NE(find_calc_topic(example.topic), nullptr) << example.topic;
        const auto answer = ask(example.topic, example.question);
        EXPECT_TRUE(answer.ok) << example.topic;
        EXPECT_EQ(answer.json, json::parse(example.answer)) << example.topic << " answers " << json::serialize(answer.json);
    }
}

struct Case {
    const char *proves, *topic, *question, *path, *value;
};

TEST(Calc, own_check_values) {
    const Case cases[] = {
        {"interest_37_days", "interest", R"({"amount":"2460.00","currency":"EUR","due_date":"2026-03-01","paid":"2026-04-07","rate_percent":"11.30"})", "/interest", "28.18"},
        {"interest_by_table", "interest", R"({"amount":"8400.00","currency":"EUR","due_date":"2026-06-09","paid":"2026-07-25","rates":[{"from":"2026-01-01","percent":"10.15"},{"from":"2026-07-01","percent":"10.40"}]})", "/interest", "108.89"},
        {"interest_by_regime", "interest", R"({"amount":"8400.00","currency":"EUR","due_date":"2026-06-09","paid":"2026-07-25","regime":"eu"})", "/total", "148.89"},
        {"interest_act_365", "interest", R"({"amount":"3660.00","currency":"EUR","due_date":"2028-01-01","as_of":"2028-03-01","rate_percent":"10"})", "/interest", "60.16"},
        {"interest_act_act", "interest", R"({"amount":"3660.00","currency":"EUR","due_date":"2028-01-01","as_of":"2028-03-01","rate_percent":"10","day_count":"act/act"})", "/interest", "60.00"},
        {"interest_monthly_percent", "interest", R"({"amount":"1000.00","currency":"USD","due_date":"2026-01-31","as_of":"2026-03-02","monthly_percent":"1.5","regime":"us"})", "/interest", "14.79"},
        {"interest_yen", "interest", R"({"amount":"100000","currency":"JPY","due_date":"2026-01-31","as_of":"2026-03-02","rate_percent":"3"})", "/interest", "247"},
        {"interest_dinar", "interest", R"({"amount":"100.000","currency":"KWD","due_date":"2026-01-31","as_of":"2026-03-02","rate_percent":"3"})", "/interest", "0.247"},
        {"interest_four_decimals", "interest", R"({"amount":"100.0000","currency":"CLF","due_date":"2026-01-31","as_of":"2026-03-02","rate_percent":"3"})", "/interest", "0.2466"},
        {"discount_partial", "discount", R"({"amount":"640.00","currency":"EUR","tiers":[{"days":14,"percent":"3"}],"document_date":"2026-03-01","payment_date":"2026-03-15","payment":"291.00"})", "/discount", "9.00"},
        {"discount_partial_open", "discount", R"({"amount":"640.00","currency":"EUR","tiers":[{"days":14,"percent":"3"}],"document_date":"2026-03-01","payment_date":"2026-03-15","payment":"291.00"})", "/open", "340.00"},
        {"terms_leap_day", "terms", R"({"document_date":"2028-01-30","amount":"1.00","currency":"EUR","terms":"net 30"})", "/due_date", "2028-02-29"},
        {"terms_month_end", "terms", R"({"document_date":"2026-01-31","amount":"1.00","currency":"EUR","terms":{"prox":"1 31"}})", "/due_date", "2026-02-28"},
        {"terms_equal_parts", "terms", R"({"document_date":"2026-01-31","amount":"100.00","currency":"EUR","terms":{"net":30,"instalments":3}})", "/instalments/2/amount", "33.34"},
        {"terms_calendar_defined", "terms", R"({"document_date":"2026-05-01","amount":"1.00","currency":"EUR","terms":{"net":14,"business_days":"following"},"calendar":{"weekend":["friday","saturday"],"holidays":["2026-05-17"]}})", "/expected_payment_date", "2026-05-18"},
        {"reference_qrr_check_6", "reference", R"({"scheme":"qrr","make_from":"00000000000000000704120026"})", "/value", "000000000000000007041200266"},
        {"reference_qrr_check_4", "reference", R"({"scheme":"qrr","make_from":"98765000000000000000140733"})", "/value", "987650000000000000001407334"},
        {"reference_rf", "reference", R"({"scheme":"iso11649","make_from":"70412A9"})", "/value", "RF2070412A9"},
        {"reference_rf_digits", "reference", R"({"scheme":"iso11649","make_from":"2604117"})", "/value", "RF712604117"},
        {"reference_viite", "reference", R"({"scheme":"viite","make_from":"8800315"})", "/value", "88003155"},
        {"reference_kid10", "reference", R"({"scheme":"kid10","make_from":"8800315"})", "/value", "88003157"},
        {"reference_kid11", "reference", R"({"scheme":"kid11","make_from":"8800315"})", "/value", "88003152"},
        {"reference_kid11_dash", "reference", R"({"scheme":"kid11","make_from":"23"})", "/value", "23-"},
        {"reference_ogm", "reference", R"({"scheme":"ogm","make_from":"0470412088"})", "/printed", "+++047/0412/08815+++"},
        {"reference_ogm_zero_is_97", "reference", R"({"scheme":"ogm","value":"***047/0412/07397***"})", "/valid", "true"},
        {"reference_ocr_length", "reference", R"({"scheme":"ocr","make_from":"88003","with_length":true})", "/value", "8800377"},
        {"reference_fik71", "reference", R"({"scheme":"fik71","value":"000000000704122"})", "/valid", "true"},
        {"reference_not_valid_is_an_answer", "reference", R"({"scheme":"viite","value":"704129"})", "/valid", "false"},
        {"reference_auto", "reference", R"({"scheme":"auto","value":"rf20 7041 2a9"})", "/scheme", "iso11649"},
        {"reference_qrr_needs_a_qr_iban", "reference", R"({"scheme":"qrr","value":"000000000000000007041200266","iban":"CH9300762011623852957"})", "/valid", "false"},
        {"measure_dso", "measure", R"({"name":"dso","ar":"840000","sales":"2520000","days":90})", "/value", "30.00"},
        {"measure_bpdso", "measure", R"({"name":"bpdso","not_due":"560000","credit_sales":"2520000","days":90})", "/value", "20.00"},
        {"measure_add", "measure", R"({"name":"add","dso":"30.00","bpdso":"20.00"})", "/value", "10.00"},
        {"measure_countback_sorts_months", "measure", R"({"name":"dso_countback","ar":"510000","sales":[{"month":"2026-05","amount":"310000"},{"month":"2026-06","amount":"240000"}]})", "/value", "57.00"},
        {"measure_cei", "measure", R"({"name":"cei","opening":"410000","sales":"250000","closing_total":"430000","closing_not_due":"360000","decimals":1})", "/value", "76.7"},
        {"match_an_item_as_owectl_items_prints_it", "match", R"({"as_of":"2026-03-31","receipt":{"amount":"119.00","currency":"EUR","payer":"Example Buyer GmbH","text":"INV-2026-0042"},"items":[{"item":223,"entity":"emea","customer":"10001","kind":"invoice","document":"INV-2026-0042","document_date":"2026-02-20","due_date":"2026-03-20","days_overdue":11,"currency":"EUR","original":"119.00","residual":"119.00","state":"open","dunning_level":1,"dispute":null,"promise":null,"customer_name":"Example Buyer GmbH"}]})", "/decision", "apply"},
        {"measure_beyond_terms", "measure", R"({"name":"days_beyond_terms","as_of":"2026-03-01","items":[{"amount":"100","due_date":"2026-01-01","paid":"2026-02-01"},{"amount":"50","due_date":"2026-02-01"}]})", "/value", "30.00"},
        {"provision_matrix", "provision", R"({"rows":[{"bucket":"a","balance":"820000","rate_percent":"0.4"},{"bucket":"b","balance":"310000","rate_percent":"1.8"},{"bucket":"c","balance":"120000","rate_percent":"4.5"},{"bucket":"d","balance":"45000","rate_percent":"9"},{"bucket":"e","balance":"20000","rate_percent":"35"}]})", "/total", "25310.00"},
        {"tolerance_late_discount_overshoots", "tolerance", R"({"payment":"1000.00","date":"2026-01-20","currency":"EUR","invoices":[{"amount":"1000.00","discount":"20.00","discount_date":"2026-01-15","tolerance_max":"5.00"}],"grace_days":5,"accept_late_discount":true})", "/on_account", "20.00"},
        {"fx_realised", "fx", R"({"amount":"2750.00","currency":"EUR","functional":"USD","booked_rate":"1.0840","receipt":{"amount":"2750.00","rate":"1.0765"}})", "/realised", "-20.62"},
        {"fx_unrealised", "fx", R"({"amount":"2750.00","currency":"EUR","functional":"USD","booked_rate":"1.0840","closing_rate":"1.0912"})", "/unrealised", "19.80"},
        {"fx_legacy", "fx", R"({"amount":"100.00","currency":"DEM","to":"FRF"})", "/amount", "335.38"},
        {"dun_first_notice", "dun", R"({"as_of":"2026-04-14","currency":"EUR","policy":{"levels":[{"days":3}]},"items":[{"document":"A","due_date":"2026-04-11","residual":"5.00"}]})", "/decision", "notice"},
        {"dun_due_today_never", "dun", R"({"as_of":"2026-04-14","currency":"EUR","policy":{"levels":[{"days":1}]},"items":[{"document":"A","due_date":"2026-04-14","residual":"5.00"}]})", "/decision", "wait"},
        {"dun_disputed_is_left_out", "dun", R"({"as_of":"2026-04-14","currency":"EUR","policy":{"levels":[{"days":3}]},"items":[{"document":"A","due_date":"2026-04-01","residual":"5.00"}],"cases":[{"kind":"dispute","document":"A"}]})", "/stops/0/stop", "disputed"},
        {"dun_promised_waits_for_the_look", "dun", R"({"as_of":"2026-04-14","currency":"EUR","policy":{"levels":[{"days":3}]},"items":[{"document":"A","due_date":"2026-04-01","residual":"5.00"}],"cases":[{"kind":"promise","document":"A","by":"2026-04-13"}]})", "/stops/0/stop", "promised"},
        {"dun_broken_promise_goes_on", "dun", R"({"as_of":"2026-04-15","currency":"EUR","policy":{"levels":[{"days":3}]},"items":[{"document":"A","due_date":"2026-04-01","residual":"5.00"}],"cases":[{"kind":"promise","document":"A","by":"2026-04-13"}]})", "/decision", "notice"},
        {"dun_hold_stops", "dun", R"({"as_of":"2026-04-14","currency":"EUR","policy":{"levels":[{"days":3}]},"items":[{"document":"A","due_date":"2026-04-01","residual":"5.00"}],"cases":[{"kind":"hold","why":"merger"}]})", "/decision", "stop"},
        {"dun_gap_waits", "dun", R"({"as_of":"2026-04-14","currency":"EUR","policy":{"levels":[{"days":3},{"days":5}]},"items":[{"document":"A","due_date":"2026-04-01","residual":"5.00"}],"history":[{"date":"2026-04-08","level":1}]})", "/stops/0/until", "2026-04-15"},
        {"dun_last_level_repeated_escalates", "dun", R"({"as_of":"2026-04-14","currency":"EUR","policy":{"repeat_last":0,"levels":[{"days":3}]},"items":[{"document":"A","due_date":"2026-03-01","residual":"5.00"}],"history":[{"date":"2026-03-10","level":1}]})", "/decision", "escalate"},
        {"aging_credit_without_minus", "aging", R"({"as_of":"2026-06-30","items":[{"kind":"receipt","document_date":"2026-06-01","amount":"30.00"}]})", "/credits", "-30.00"},
    };
    for (const auto& one : cases) {
        const auto answer = ask(one.topic, one.question);
        EXPECT_TRUE(answer.ok) << one.proves << ": " << json::serialize(answer.json);
        EXPECT_EQ(at(answer.json, one.path), one.value) << one.proves << ": " << json::serialize(answer.json);
    }
}

TEST(Calc, impossible_questions) {
    const Case cases[] = {
        {"not_json", "interest", "{\n  \"amount\": }", "/error/where", "stdin:2:13"},
        {"empty", "interest", "", "/error/code", "malformed_input"},
        {"two_objects", "interest", "{} {}", "/error/code", "malformed_input"},
        {"a_number", "interest", "7", "/error/code", "malformed_input"},
        {"missing", "interest", "{}", "/error/where", "currency"},
        {"unknown_key", "terms", R"({"document_date":"2026-01-01","amount":"1.00","currency":"EUR","terms":{"net":30,"nett":3}})", "/error/where", "terms.nett"},
        {"unknown_key_of_a_measure", "measure", R"({"name":"dso","ar":"1","sales":"1","days":1,"moon":"1"})", "/error/where", "moon"},
        {"amount_as_a_number", "terms", R"({"document_date":"2026-01-01","amount":1.5,"currency":"EUR","terms":"net 30"})", "/error/where", "amount"},
        {"amount_as_a_whole_number", "terms", R"({"document_date":"2026-01-01","amount":15,"currency":"EUR","terms":"net 30"})", "/error/where", "amount"},
        {"excess_decimals", "terms", R"({"document_date":"2026-01-01","amount":"1.005","currency":"EUR","terms":"net 30"})", "/error/code", "amount_precision"},
        {"no_such_day", "terms", R"({"document_date":"2026-02-29","amount":"1.00","currency":"EUR","terms":"net 30"})", "/error/where", "document_date"},
        {"metal", "terms", R"({"document_date":"2026-02-28","amount":"1.00","currency":"XAU","terms":"net 30"})", "/error/code", "unknown_currency"},
        {"days_with_a_fraction", "tolerance", R"({"payment":"1.00","date":"2026-01-01","currency":"EUR","invoices":[{"amount":"1.00"}],"grace_days":1.5})", "/error/where", "grace_days"},
        {"percentages_below_100", "terms", R"({"document_date":"2026-02-28","amount":"1.00","currency":"EUR","terms":{"instalments":[{"percent":"50","due":"net 1"},{"percent":"49","due":"net 2"}]}})", "/error/where", "terms.instalments"},
        {"due_twice", "terms", R"({"document_date":"2026-02-28","amount":"1.00","currency":"EUR","terms":{"net":30,"eom":1}})", "/error/where", "terms.eom"},
        {"no_reference_table", "interest", R"({"amount":"1.00","currency":"GBP","due_date":"2026-01-01","as_of":"2026-02-01","regime":"uk"})", "/error/where", "rates"},
        {"no_rate_so_early", "interest", R"({"amount":"1.00","currency":"EUR","due_date":"2022-01-01","as_of":"2022-02-01","regime":"eu"})", "/error/code", "not_found"},
        {"scheme", "reference", R"({"scheme":"magic","value":"1"})", "/error/where", "scheme"},
        {"value_and_make", "reference", R"({"scheme":"viite","value":"1","make_from":"1"})", "/error/where", "value"},
        {"measure", "measure", R"({"name":"happiness"})", "/error/code", "not_found"},
        {"edges", "aging", R"({"as_of":"2026-01-01","edges":[60,30],"items":[]})", "/error/where", "edges"},
        {"over_applied", "aging", R"({"as_of":"2026-01-01","items":[{"document_date":"2026-01-01","amount":"1.00","applications":[{"date":"2026-01-01","amount":"2.00","undone":false}]}]})", "/error/where", "items[0]"},
        {"bucket_twice", "provision", R"({"rows":[{"bucket":"a","balance":"1","rate_percent":"1"},{"bucket":"a","balance":"1","rate_percent":"1"}]})", "/error/where", "rows[1].bucket"},
        {"policy_without_levels", "dun", R"({"as_of":"2026-04-14","policy":{"levels":[]}})", "/error/where", "policy.levels"},
        {"level_beyond_the_policy", "dun", R"({"as_of":"2026-04-14","currency":"EUR","policy":{"levels":[{"days":3}]},"items":[{"document":"A","due_date":"2026-04-01","residual":"5.00","level":2}]})", "/error/where", "items"},
        {"bad_iban", "epc_qr", R"({"name":"X","iban":"DE88370400440532013000","amount":"1.00"})", "/error/code", "invalid_argument"},
        {"amount_beyond_int64", "terms", R"({"document_date":"2026-01-01","amount":"99999999999999999999999.00","currency":"EUR","terms":"net 30"})", "/error/code", "amount_overflow"},
    };
    for (const auto& one : cases) {
        const auto answer = ask(one.topic, one.question);
        EXPECT_FALSE(answer.ok) << one.proves;
        EXPECT_EQ(at(answer.json, one.path), one.value) << one.proves << ": " << json::serialize(answer.json);
        for (const char* key : {"/error/code", "/error/what", "/error/where", "/error/do"}) EXPECT_EQ(at(answer.json, key).find("nothing at"), std::string::npos) << one.proves;
        EXPECT_NE(at(answer.json, "/error/what"), "") << one.proves;
    }
}

TEST(Calc, an_array_answers_an_array) {
    const auto answer = ask("reference", R"([{"scheme":"viite","make_from":"70412"}, {"scheme":"viite"}, 3, {"scheme":"kid10","make_from":"70412"}])");
    EXPECT_FALSE(answer.ok);
    ASSERT_EQ(answer.json.get_array().size(), 4U);
    EXPECT_EQ(at(answer.json, "/0/value"), "704128");
    EXPECT_EQ(at(answer.json, "/1/error/code"), "invalid_argument");
    EXPECT_EQ(at(answer.json, "/2/error/code"), "malformed_input");
    EXPECT_EQ(at(answer.json, "/3/value"), "704122");
    EXPECT_TRUE(ask("reference", "[]").ok);
    EXPECT_EQ(find_calc_topic("magic"), nullptr);
}

TEST(Calc, deep_and_long_questions_are_refused) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "[";
    EXPECT_FALSE(ask("terms", deep).ok);
    EXPECT_FALSE(ask("terms", R"({"terms":")" + std::string(20'000, 'x') + R"(","document_date":"2026-01-01","amount":"1.00","currency":"EUR"})").ok);
}

// Whatever is done to a good question, the answer is an answer or an error object, never a crash.
TEST(Calc, damaged_questions_never_crash) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    const auto examples = documented();
    const std::string alphabet = "0123456789-.\"{}[],:eE nulltrue/\\\n";
    for (int round = 0; round < 3'000; ++round) {
        const auto& example = examples[random() % examples.size()];
        auto question = example.question;
        for (auto n = 1 + random() % 4; n > 0; --n) {
            const auto where = random() % question.size();
            if (random() % 3 == 0)
                question.erase(where, 1 + random() % 3);
            else
                question[where] = alphabet[random() % alphabet.size()];
            if (question.empty()) question = " ";
        }
        const auto answer = ask(example.topic, question);
        EXPECT_EQ(answer.ok, !answer.json.is_object() || !answer.json.get_object().contains("error")) << question;
    }
}

}  // namespace
}  // namespace owed::ctl
