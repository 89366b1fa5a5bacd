#include "config/detail/cash_part.hpp"

#include <algorithm>

namespace owed::config {
namespace {

using Problems = std::vector<Problem>;

/// ISO 3166-1 alpha-2 with blanks around each; XK is what banks and customs write for Kosovo.
constexpr std::string_view countries =
    " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ"
    " DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM"
    " JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP"
    " NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO"
    " TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW ";

constexpr int decimals_max = 16;   ///< of a percentage (cash/tolerance.hpp)

void require_country(Problems& problems, const Place& place, const std::string& code) {
    if (!is_country(code))
        report(problems, place, "\"" + code + "\" is no country; countries are two capitals as in customers' addresses: IN, BR" + (code == "UK" ? ", GB" : ""));
}

cash::Limits limits_of(Fields& fields, std::string_view key) {
    cash::Limits limits;
    for (const auto& [code, amount] : fields.money_by_currency(key)) {
        if (amount.is_negative()) fields.problem(key, std::string{key} + " is not negative");
        limits[code] = amount.units();
    }
    return limits;
}

/// More than 0 and at most 100: none at all is said by leaving it out.
Decimal percent_of(const Node& node, Problems& problems) {
    const auto percent = node.kind == Node::Kind::scalar ? parse_decimal(node.text) : Result<Decimal>{fail(Errc::invalid_config, "")};
    __int128 hundred = 100;
    for (int i = 0; percent && i < percent->scale(); ++i) hundred *= 10;
    if (percent && percent->scale() <= decimals_max && percent->mantissa() > 0 && percent->mantissa() <= hundred) return *percent;
    report(problems, node.place, "\"" + node.text + "\" is no percentage above 0 and up to 100; write it as \"0.5\", or leave it out");
    return {};
}

/// Each rule could decide something: of two that are alike the second never would.
void read_rules(Fields& fields, cash::RuleList& list) {
    for (const auto& name : fields.texts("rules")) {
        const auto rule = cash::rule_named(name);
        if (!rule)
            fields.problem("rules", "there is no rule \"" + name + "\"; there are match_invoice, clear_account, clear_past_due, clear_past_due_by_term, combo and oldest_first");
        else if (std::find(list.rules.begin(), list.rules.end(), *rule) != list.rules.end())
            fields.problem("rules", "rule \"" + name + "\" stands twice");
        else
            list.rules.push_back(*rule);
    }
    const auto has = [&](cash::Rule rule) { return std::find(list.rules.begin(), list.rules.end(), rule) != list.rules.end(); };
    list.equal_items_by_due_date = fields.boolean_or("equal_items_by_due_date", false);
    list.oldest_first_partial = fields.boolean_or("partial", true);
    if (fields.has("equal_items_by_due_date") && !has(cash::Rule::match_invoice))
        fields.problem("equal_items_by_due_date", "says nothing where match_invoice is not among the rules");
    if (fields.has("partial") && !has(cash::Rule::oldest_first)) fields.problem("partial", "says nothing where oldest_first is not among the rules");
}

void read_autocash(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "a list of rules", problems};
    const auto before = problems.size();
    cash::RuleList list{.customer = fields.text_or("customer", ""), .segment = fields.text_or("segment", ""), .entity = fields.text_or("entity", "")};
    read_rules(fields, list);
    list.place = to_text(node.place);
    const auto knows = [&](const std::string& id) { return std::any_of(settings.entities.begin(), settings.entities.end(), [&](auto& entity) { return entity.id == id; }); };
    if (!list.entity.empty() && !knows(list.entity)) fields.problem("entity", "there is no entity \"" + list.entity + "\"");
    if (list.rules.empty() && problems.size() == before)
        report(problems, node.place, "a list without rules decides nothing; name them, or leave it out for match_invoice, clear_account, clear_past_due and combo");
    fields.done();
    for (const auto& known : settings.cash.rules)
        if (known.customer == list.customer && known.segment == list.segment && known.entity == list.entity)
            report(problems, node.place, "is for the same payers as the list at " + known.place + ", which is taken");
    settings.cash.rules.push_back(std::move(list));
}

/// The arithmetic of payments: tolerance, discounts, what banks and treasuries keep.
void read_amounts(Fields& fields, cash::Settings& settings, Problems& problems) {
    if (const auto* percent = fields.any("tolerance_percent")) settings.tolerance_percent = percent_of(*percent, problems);
    settings.tolerance_max = limits_of(fields, "tolerance_max");
    settings.discount_grace_days = static_cast<int>(fields.integer_or("discount_grace_days", 0, 0, 366));
    settings.accept_late_discount = fields.boolean_or("accept_late_discount", true);
    settings.discount_on_part = fields.boolean_or("discount_on_part", true);
    if (settings.discount_grace_days > 0 && !settings.accept_late_discount)
        fields.problem("discount_grace_days", "grants nothing while accept_late_discount is false");
    settings.bank_fee_max = limits_of(fields, "bank_fee_max");
    if (const auto* node = fields.any("bank_fee_countries")) {
        settings.bank_fee_countries = fields.texts("bank_fee_countries");
        if (node->kind == Node::Kind::scalar) require_country(problems, node->place, node->text);
        for (const auto& item : node->items)
            if (item.kind == Node::Kind::scalar) require_country(problems, item.place, item.text);
        if (settings.bank_fee_countries.empty()) fields.problem("bank_fee_countries", "names no country; leave it out for customers of all");
        if (settings.bank_fee_max.empty()) fields.problem("bank_fee_countries", "says nothing without bank_fee_max");
    }
    if (const auto* by_country = fields.map("withholding_percent"))
        for (const auto& member : by_country->members) {
            require_country(problems, member.place, member.key);
            settings.withholding_percent[member.key] = percent_of(member.value, problems);
        }
    settings.refund_min = limits_of(fields, "refund_min");
    settings.refund_review = limits_of(fields, "refund_review");
}

void read_learning(Fields& fields, cash::Settings& settings) {
    settings.learn_account_after = static_cast<int>(fields.integer_or("learn_account_after", 1, 0, 100));
    settings.learn_name_after = static_cast<int>(fields.integer_or("learn_name_after", 2, 0, 100));
    settings.account_alone_after = static_cast<int>(fields.integer_or("account_alone_after", 3, 1, 100));
    settings.learn_not_receivable_after = static_cast<int>(fields.integer_or("learn_not_receivable_after", 3, 0, 100));
    if (fields.has("account_alone_after") && settings.learn_account_after == 0)
        fields.problem("account_alone_after", "says nothing while learn_account_after is 0: no account is learned");
}

cash::NotReceivableRule rule_of(const Node& node, Problems& problems) {
    Fields fields{node, "a rule", problems};
    cash::NotReceivableRule rule{fields.text("name"), fields.text_or("code", ""), without_blanks(fields.text_or("payer_account", "")), fields.text_or("text", ""),
                                 fields.text_or("payer", "")};
    fields.done();
    const auto blank = [](const std::string& words) { return words.find_first_not_of(' ') == std::string::npos; };
    for (const auto& [key, words] : {std::pair{"text", &rule.text}, {"payer", &rule.payer}})
        if (fields.has(key) && blank(*words)) fields.problem(key, std::string{"names no word: all money would fit"});
    if (rule.code.find_first_not_of('*') == std::string::npos && !rule.code.empty()) fields.problem("code", "all money has a code that fits \"" + rule.code + "\"");
    if (rule.code.empty() && rule.payer_account.empty() && blank(rule.text) && blank(rule.payer))
        report(problems, node.place, "a rule that is only a name fits nothing; give it a code, payer_account, text or payer");
    return rule;
}
void read_not_receivable(const Node& node, Settings& settings, Problems& problems) { settings.cash.not_receivable.push_back(rule_of(node, problems)); }
void read_bank_charge(const Node& node, Settings& settings, Problems& problems) { settings.cash.bank_charges.push_back(rule_of(node, problems)); }

bool bills_itself(const Settings& settings, const std::string& id) {
    return std::any_of(settings.entities.begin(), settings.entities.end(), [&](const auto& entity) {
        return entity.id == id && entity.authority == ledger::Authority::hub;
    });
}

/// A fee is billed where it was agreed: the rule says with whom.
void read_return_fee(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "a return fee", problems};
    cash::ReturnFee fee{.customer = fields.text_or("customer", ""), .segment = fields.text_or("segment", ""), .entity = fields.text_or("entity", ""),
                        .amount = limits_of(fields, "amount"), .reasons = fields.has("reasons") ? fields.texts("reasons") : std::vector<std::string>{},
                        .place = to_text(node.place)};
    if (!fee.entity.empty() && !knows_entity(settings, fee.entity)) fields.problem("entity", "there is no entity \"" + fee.entity + "\"");
    else if (!fee.entity.empty() && !bills_itself(settings, fee.entity)) fields.problem("entity", "the documents of " + fee.entity + " are its ERP's, which bills the fee");
    if (fee.amount.empty()) report(problems, node.place, "a return fee has an amount: {EUR: \"7.50\"}; 0 for whom another rule would charge");
    fields.done();
    for (const auto& known : settings.cash.return_fees)
        if (known.customer == fee.customer && known.segment == fee.segment && known.entity == fee.entity)
            report(problems, node.place, "is for the same customers as the fee at " + known.place + ", which is taken");
    settings.cash.return_fees.push_back(std::move(fee));
}

void read_agency(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "an agency", problems};
    cash::AgencyPayer agency{fields.text("agency"), without_blanks(fields.text("account")), fields.text_or("name", "")};
    fields.done();
    for (const auto& known : settings.cash.agencies)
        if (known.account == agency.account) fields.problem("account", "is " + known.agency + "'s account already");
    settings.cash.agencies.push_back(std::move(agency));
}

}  // namespace

bool knows_entity(const Settings& settings, const std::string& id) {
    return std::any_of(settings.entities.begin(), settings.entities.end(), [&](const auto& entity) { return entity.id == id; });
}

bool is_country(std::string_view code) {
    return code.size() == 2 && code.find(' ') == std::string_view::npos && countries.find(" " + std::string{code} + " ") != std::string_view::npos;
}

void read_cash(const Node& node, Settings& settings, std::vector<Problem>& problems) {
    Fields fields{node, "cash", problems};
    const auto each = [&](std::string_view key, void (*read)(const Node&, Settings&, Problems&)) {
        if (const auto* list = fields.sequence(key))
            for (const auto& item : list->items) read(item, settings, problems);
    };
    each("not_receivable", read_not_receivable);
    each("bank_charges", read_bank_charge);
    each("return_fees", read_return_fee);
    each("autocash", read_autocash);
    read_amounts(fields, settings.cash, problems);
    settings.cash.doubt_max_ppm = fields.integer_or("wrong_per_million_max", 1'000, 0, 100'000);
    read_learning(fields, settings.cash);
    each("agencies", read_agency);
    settings.cash.erp_alarm_hours = static_cast<int>(fields.integer_or("erp_alarm_hours", 72, 0, 8'760));
    settings.cash.proposals_max = static_cast<int>(fields.integer_or("proposals_max", 3, 1, 20));
    fields.done();
}

}  // namespace owed::config
