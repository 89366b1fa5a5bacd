#include "salesforce/writing.hpp"

#include <algorithm>

#include "apis/salesforce/soql.hpp"
#include "apis/salesforce/values.hpp"

namespace owed::plugins::salesforce {
namespace {

constexpr int tries_of_locked_rows = 4;
constexpr std::int64_t first_pause_ms = 300;

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return text;
}

bool is_locked(const org::RowAnswer& answer) {
    return !answer.success && !answer.errors.empty() &&
           std::all_of(answer.errors.begin(), answer.errors.end(), [](const auto& error) { return error.code == "UNABLE_TO_LOCK_ROW"; });
}

bool is_order_id(std::string_view key) { return key.starts_with("801") && !org::id18(key).empty(); }

}  // namespace

Status check_for_writing(const org::ObjectShape& account, const org::Mapping& mapping) {
    OWED_TRY_VOID(org::check_account_for_writing(account, mapping));
    if (mapping.status.balance.empty() && mapping.status.overdue.empty()) return {};
    return org::check_currency(account, mapping);
}

Result<std::vector<WriteResult>> Writing::run(const std::vector<Record>& records) {
    results_.assign(records.size(), {});
    notes_.assign(records.size(), {});
    std::vector<std::size_t> statuses, holds;
    for (std::size_t i = 0; i < records.size(); ++i) {
        results_[i].index = static_cast<std::uint32_t>(i);
        if (records[i].external_id.empty()) refuse(i, "the record has no key");
        else if (std::holds_alternative<AccountStatus>(records[i].body)) statuses.push_back(i);
        else if (std::holds_alternative<OrderHold>(records[i].body)) holds.push_back(i);
        else refuse(i, "Salesforce is told of account_status and order_hold, and this is " + std::string{kind_of(records[i])});
    }
    if (!statuses.empty()) OWED_TRY_VOID(accounts(records, statuses));
    if (!holds.empty()) OWED_TRY_VOID(orders(records, holds));
    return std::move(results_);
}

// ---- accounts

Status Writing::accounts(const std::vector<Record>& records, const std::vector<std::size_t>& which) {
    OWED_TRY(const auto shape, org_.known_shape("Account"));
    OWED_TRY_VOID(check_for_writing(shape, options_.mapping));
    std::vector<std::string> keys;
    for (const auto i : which) keys.push_back(records[i].external_id);
    OWED_TRY(const auto known, find_accounts(keys, shape.has("CurrencyIsoCode")));
    std::vector<org::OutRow> rows;
    for (const auto i : which)
        if (auto row = account_row(records[i], i, known, shape)) rows.push_back(std::move(*row));
    return send("Account", options_.mapping.key_field, std::move(rows));
}

Result<Writing::ByKey> Writing::find_accounts(const std::vector<std::string>& keys, bool with_currency) {
    const auto& key_field = options_.mapping.key_field;
    ByKey found;
    for (const auto& run : org::in_runs(keys)) {
        std::vector<std::string> fields{"Id", key_field};
        if (with_currency) fields.push_back("CurrencyIsoCode");
        auto page = org_.query(org::Query{"Account", fields, org::is_one_of(key_field, run), {}}.text(), false);
        while (page) {
            for (const auto& row : page->rows) found[lower(row.at(key_field).text())].push_back({org::id18(row.at("Id").text()), row.at("CurrencyIsoCode").text()});
            if (page->next.empty()) break;
            page = org_.next_page(page->next);
        }
        if (!page) return fail(org_.raise(std::move(page).error()));
    }
    return found;
}

std::optional<org::OutRow> Writing::account_row(const Record& record, std::size_t index, const ByKey& known, const org::ObjectShape& shape) {
    const auto& status = std::get<AccountStatus>(record.body);
    const auto& mapping = options_.mapping;
    const auto there = known.find(lower(record.external_id));
    const std::string named = mapping.key_field + " = " + record.external_id;
    if (there == known.end() && !options_.create_missing_accounts) {
        refuse(index, "no Account has " + named + "; write the customer number into that field of its account, or set create_missing_accounts", mapping.key_field);
        return {};
    }
    if (there != known.end() && there->second.size() > 1) {
        std::string ids;
        for (const auto& one : there->second) ids += (ids.empty() ? "" : ", ") + one.id;
        refuse(index, "several accounts have " + named + ": " + ids + "; clear the field in all but one", mapping.key_field);
        return {};
    }
    std::string currency = there == known.end() ? std::string{} : there->second.front().currency;
    if (currency.empty()) currency = mapping.currency;
    auto fields = org::fields_of(status, shape, mapping, currency);
    if (fields.members.empty()) {
        refuse(index, "every field of settings.status is switched off, so there is nothing to write");
        return {};
    }
    if (there == known.end()) {  // only a new account gets a name from us; the CRM's own stays
        fields.members += ",\"Name\":" + apis::json_text(org::cut(status.name.empty() ? record.external_id : status.name, 255));
        if (shape.has("CurrencyIsoCode") && status.balance) fields.members += ",\"CurrencyIsoCode\":" + apis::json_text(status.balance->currency);
    }
    notes_[index] = std::move(fields.note);
    return org::OutRow{index, record.external_id, std::move(fields.members)};
}

// ---- orders

Status Writing::orders(const std::vector<Record>& records, const std::vector<std::size_t>& which) {
    const auto& orders = options_.mapping.orders;
    if (!orders.on()) {
        for (const auto i : which) refuse(i, "settings.orders.awaiting is empty: orders are left alone");
        return {};
    }
    OWED_TRY(const auto shape, org_.known_shape("Order"));
    OWED_TRY_VOID(org::check_order_for_writing(shape, options_.mapping));
    std::vector<org::OutRow> by_id, by_key;
    for (const auto i : which) {
        auto fields = org::fields_of(std::get<OrderHold>(records[i].body), shape, options_.mapping);
        const auto& key = records[i].external_id;
        const bool id = is_order_id(key);
        if (fields.members.empty()) refuse(i, "settings.orders.hold_field is switched off, so there is nothing to write");
        else if (id) by_id.push_back({i, org::id18(key), std::move(fields.members)});
        else if (orders.key_field == "Id") refuse(i, "\"" + key + "\" is no id of an order", "Id");
        else by_key.push_back({i, key, std::move(fields.members)});
    }
    OWED_TRY_VOID(send("Order", "id", std::move(by_id)));
    return send("Order", orders.key_field, std::move(by_key));
}

// ---- sending

/// In the order of keys, so that two of us never wait for each other's rows in turn.
Status Writing::send(const std::string& object, const std::string& key_field, std::vector<org::OutRow> rows) {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    for (std::size_t from = 0; from < rows.size(); from += org::collection_max) {
        const auto end = std::min(from + org::collection_max, rows.size());
        std::vector<org::OutRow> chunk{rows.begin() + static_cast<std::ptrdiff_t>(from), rows.begin() + static_cast<std::ptrdiff_t>(end)};
        for (int tried = 1; !chunk.empty(); ++tried) {
            OWED_TRY(chunk, send_once(object, key_field, std::move(chunk), tried == tries_of_locked_rows));
            if (chunk.empty()) break;
            // Who holds them is somebody's save or a flow: over in a moment.
            if (auto waited = host_.clock().wait(std::chrono::milliseconds{first_pause_ms << (tried - 1)}); !waited) stopped_ = waited.error();
        }
    }
    return {};
}

Result<std::vector<org::OutRow>> Writing::send_once(const std::string& object, const std::string& key_field, std::vector<org::OutRow> rows, bool last_try) {
    const auto all = [&](SendState state, const std::string& why) {
        for (const auto& row : rows) settle(row, {0, state, {}, why, {}, false});
        return std::vector<org::OutRow>{};
    };
    if (stopped_) return all(SendState::retry, "not tried: " + to_text(*stopped_));
    auto answers = org_.write(object, key_field, rows);
    if (!answers) {
        auto fault = std::move(answers).error();
        const bool maybe_done = fault.maybe_done;
        stopped_ = fault.error;
        if (maybe_done) {
            sent_ = true;
            return all(SendState::unknown, to_text(*stopped_));
        }
        if (!sent_) return fail(org_.raise(std::move(fault)));
        return all(SendState::retry, to_text(*stopped_));
    }
    sent_ = true;
    std::vector<org::OutRow> locked;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (is_locked((*answers)[i])) host_.metrics().count("rows_locked");
        if (is_locked((*answers)[i]) && !last_try) locked.push_back(std::move(rows[i]));
        else settle(rows[i], org::result_of((*answers)[i], object + " with " + key_field + " = " + rows[i].key));
    }
    return locked;
}

void Writing::settle(const org::OutRow& row, WriteResult result) {
    result.index = static_cast<std::uint32_t>(row.index);
    if (result.state == SendState::sent && result.detail.empty()) result.detail = notes_[row.index];
    host_.metrics().count("rows_" + std::string{name_of(result.state)});
    results_[row.index] = std::move(result);
}

void Writing::refuse(std::size_t index, std::string why, std::string field) {
    host_.metrics().count("rows_refused");
    results_[index] = {static_cast<std::uint32_t>(index), SendState::refused, {}, std::move(why), std::move(field), false};
}

// ---- asking

Result<std::optional<SendReceipt>> Writing::lookup(std::string_view key) {
    const bool by_id = is_order_id(key);
    const std::string object = by_id ? "Order" : "Account", field = by_id ? "Id" : options_.mapping.key_field;
    const auto soql = org::Query{object, {"Id", "LastModifiedDate"}, field + " = " + org::soql_text(key), {}}.text();
    auto page = org_.query(soql, false);
    if (!page) return fail(org_.raise(std::move(page).error()));
    const auto named = object + " with " + field + " = " + std::string{key};
    if (page->rows.empty()) return SendReceipt{SendState::retry, {}, "there is no " + named, 0};
    if (page->rows.size() > 1) return SendReceipt{SendState::refused, {}, "there are several: " + named, 0};
    return SendReceipt{SendState::sent, org::id18(page->rows.front().at("Id").text()), named + " stands there, last changed " + org::one_line(page->rows.front().at("LastModifiedDate").text()), 0};
}

}  // namespace owed::plugins::salesforce
