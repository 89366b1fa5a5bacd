#include "world_files.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace owed::accuracy {
namespace {

std::string as_text(const json::value& value) { return value.is_string() ? std::string{value.as_string()} : json::serialize(value); }

/// The words of a condition as ours has them: a world's stand anywhere in a word.
std::string joined(const json::object& condition, std::string_view key) {
    std::string words;
    if (const auto* list = condition.if_contains(key))
        for (const auto& entry : list->as_array()) {
            std::istringstream in{as_text(entry)};
            for (std::string word; in >> word;) words += (words.empty() ? "*" : " *") + word + "*";
        }
    return words;
}

std::vector<std::string> list_of(const json::object& condition, std::string_view key) {
    std::vector<std::string> all;
    if (const auto* list = condition.if_contains(key))
        for (const auto& one : list->as_array()) all.push_back(as_text(one));
    if (all.empty()) all.emplace_back();
    return all;
}

cash::Limits limits_of(const json::object& object) {
    cash::Limits limits;
    for (const auto& [code, amount] : object)
        limits[std::string{code}] = must(parse_money(as_text(amount), currency(code)), "a limit").units();
    return limits;
}

/// A rule fits when one of its conditions does, a condition when all of its keys do; ours are conditions.
void read_not_receivable(const json::object& rule, cash::Settings& settings) {
    for (const auto& entry : rule.at("any").as_array()) {
        const auto& condition = entry.as_object();
        for (const auto& code : list_of(condition, "code"))
            for (const auto& account : list_of(condition, "payer_account"))
                settings.not_receivable.push_back({.name = text(rule, "name"), .code = code, .payer_account = account,
                                                   .text = joined(condition, "text_words"), .payer = joined(condition, "payer_words")});
    }
}

cash::Settings settings_of(const json::object& world) {
    cash::Settings settings;
    for (const auto& rule : world.at("non_receivable").as_array()) read_not_receivable(rule.as_object(), settings);
    const auto& tolerance = world.at("tolerance").as_object();
    settings.tolerance_percent = must(parse_decimal(text(tolerance, "percent")), "tolerance.percent");
    settings.tolerance_max = limits_of(tolerance.at("max").as_object());
    settings.discount_grace_days = static_cast<int>(world.at("discount_grace_days").to_number<std::int64_t>());
    const auto& fee = world.at("bank_fee").as_object();
    settings.bank_fee_max = limits_of(fee.at("max").as_object());
    settings.bank_fee_countries = list_of(fee, "countries");
    for (const auto& [country, percent] : world.at("withholding_tax_percent").as_object())
        settings.withholding_percent[std::string{country}] = must(parse_decimal(as_text(percent)), "withholding_tax_percent");
    for (const auto& [segment, policy] : world.at("autocash_by_segment").as_object()) {
        cash::RuleList list{.segment = std::string{segment}};
        for (const auto& name : world.at("autocash").as_object().at(as_text(policy)).as_array()) {
            const auto rule = cash::rule_named(as_text(name));
            if (!rule) stop("autocash names a rule that there is not: " + as_text(name));
            list.rules.push_back(*rule);
        }
        if (list.rules.empty()) continue;   // no agreement: the usual stages
        list.equal_items_by_due_date = true;
        list.oldest_first_partial = world.at("autocash_partial_allowed").as_bool();
        settings.rules.push_back(std::move(list));
    }
    if (!settings.rules.empty())
        settings.rules.push_back({.rules = {cash::Rule::match_invoice, cash::Rule::clear_account, cash::Rule::clear_past_due, cash::Rule::combo}});
    return settings;
}

}  // namespace

void stop(const std::string& what) {
    std::fprintf(stderr, "owed-accuracy: %s\n", what.c_str());
    std::exit(2);
}

std::string text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? std::string{} : as_text(*value);
}

Date day(const json::object& object, std::string_view key) { return must(parse_date(text(object, key)), std::string{key}); }

Currency currency(std::string_view code) { return must(find_currency(code), "currency"); }

Money money(const json::object& object, std::string_view key, Currency in) { return must(parse_money(text(object, key), in), std::string{key}); }

void each_line(const std::string& file, const std::function<void(const json::object&)>& visit) {
    std::ifstream in{file};
    if (!in) stop("cannot read " + file);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        boost::system::error_code error;
        const auto parsed = json::parse(line, error);
        if (error || !parsed.is_object()) stop(file + ":" + std::to_string(number) + ": no JSON object");
        visit(parsed.as_object());
    }
}

json::object read_object(const std::string& file) {
    std::ifstream in{file};
    if (!in) stop("cannot read " + file);
    std::stringstream all;
    all << in.rdbuf();
    return json::parse(all.str()).as_object();
}

World read_world(const std::string& file) {
    const auto world = read_object(file);
    const auto& about = world.at("entity").as_object();
    ledger::Entity entity;
    entity.id = text(about, "id");
    entity.name = text(about, "name");
    entity.currency = currency(text(about, "currency"));
    entity.zone = must(Zone::find(text(about, "zone")), "entity.zone");
    entity.chart = ledger::Books::default_chart();
    std::vector<ledger::BankAccount> accounts;
    std::map<std::string, std::string, std::less<>> account_gl;
    for (const auto& entry : world.at("accounts").as_array()) {
        ledger::BankAccount account;
        account.number = text(entry.as_object(), "account");
        account.entity = entity.id;
        account.currency = currency(text(entry.as_object(), "currency"));
        account.gl = "100" + std::to_string(accounts.size());
        account_gl[account.number] = account.gl;
        accounts.push_back(std::move(account));
    }
    const auto id = entity.id;
    return {.entity = id, .start = day(world, "start"), .books = must(ledger::Books::make({std::move(entity)}, std::move(accounts)), "books"),
            .cash = settings_of(world), .account_gl = std::move(account_gl)};
}

Customer customer_of(const json::object& line, const std::string& entity) {
    Customer customer;
    customer.entity = entity;
    customer.number = text(line, "number");
    customer.name = text(line, "name");
    customer.address.country = text(line, "country");
    customer.currency = text(line, "currency");
    customer.segment = text(line, "segment");
    customer.parent = text(line, "parent");
    for (const auto& account : line.at("accounts").as_array()) customer.accounts.push_back(as_text(account));
    return customer;
}

Money functional(Money amount) {
    static const std::map<std::string, Decimal, std::less<>> rates = {
        {"EUR", Decimal::of(1, 0)}, {"USD", Decimal::of(92, 2)}, {"GBP", Decimal::of(116, 2)}, {"JPY", Decimal::of(61, 4)}, {"CHF", Decimal::of(105, 2)}};
    const auto rate = rates.find(amount.currency().text());
    if (rate == rates.end()) stop("no rate for " + std::string{amount.currency().text()});
    return must(rate->second.convert(amount, currency("EUR"), Rounding::half_away), "rate");
}

ledger::PostDocument document_of(const json::object& line, CustomerId customer, const World& world) {
    const auto in = currency(text(line, "currency"));
    const auto kind = text(line, "kind");
    ledger::PostDocument document{.entity = world.entity, .customer = customer, .kind = ledger::ItemKind::invoice, .document = text(line, "document"),
                                  .document_date = day(line, "document_date"), .due_date = day(line, "due_date"),
                                  .posting_date = day(line, "document_date"), .amount = money(line, "amount", in), .tax = money(line, "tax", in),
                                  .open = {}, .functional = {}, .opening = false, .payment_reference = text(line, "payment_reference"),
                                  .order = text(line, "order"), .cause = {"bench", text(line, "document")}, .reason = "bench",
                                  .event_key = "document/" + text(line, "document")};
    if (kind == "credit_memo") document.kind = ledger::ItemKind::credit_memo;
    if (kind == "debit_memo") document.kind = ledger::ItemKind::debit_memo;
    if (in != currency("EUR")) document.functional = functional(document.amount);
    ledger::ItemTerms terms;
    for (const auto& entry : line.at("discounts").as_array()) {
        const auto& tier = entry.as_object();
        const auto percent = must(parse_decimal(text(tier, "percent")), "percent");
        const auto share = Decimal::of(percent.mantissa(), static_cast<std::uint8_t>(percent.scale() + 2));
        terms.discounts.push_back({.until = day(tier, "until"), .percent = percent, .amount = must(share.of(document.amount, Rounding::half_away), "discount")});
    }
    if (!terms.discounts.empty()) document.terms = std::move(terms);
    return document;
}

std::vector<std::string> numbers_of(const json::object& line) { return {text(line, "purchase_order"), text(line, "delivery"), text(line, "contract")}; }

cash::Advice advice_of(const json::object& line, const std::string& entity) {
    const auto in = currency(text(line, "currency"));
    cash::Advice advice{.entity = entity, .payment_number = text(line, "payment"), .payer_name = text(line, "payer"), .customer_number = {},
                        .date = day(line, "payment_date"), .amount = money(line, "amount", in), .lines = {}};
    for (const auto& entry : line.at("lines").as_array()) {
        const auto& row = entry.as_object();
        advice.lines.push_back({.document = text(row, "document"), .gross = money(row, "gross", in).units(), .discount = money(row, "discount", in).units(),
                                .deduction = money(row, "deduction", in).units(), .net = money(row, "net", in).units(), .reason = text(row, "reason")});
    }
    return advice;
}

BankTransaction transaction_of(const json::object& line) {
    BankTransaction transaction;
    transaction.counterparty = {text(line, "payer"), text(line, "payer_account"), {}};
    transaction.code = text(line, "code");
    transaction.bank_ref = text(line, "bank_ref");
    transaction.end_to_end_id = text(line, "end_to_end_id");
    if (transaction.end_to_end_id == "NOTPROVIDED") transaction.end_to_end_id.clear();
    for (const auto& one : line.at("text").as_array()) transaction.text.push_back(as_text(one));
    for (const auto& one : line.at("references").as_array()) {
        RemittanceReference reference;
        reference.value = as_text(one);
        transaction.references.push_back(std::move(reference));
    }
    transaction.return_reason = text(line, "return_reason");
    return transaction;
}

}  // namespace owed::accuracy
