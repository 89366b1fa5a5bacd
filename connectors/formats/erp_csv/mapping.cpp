#include "formats/erp_csv/mapping.hpp"

#include <algorithm>
#include <array>

namespace owed::formats::erp_csv {

namespace json = boost::json;
using csv::ProfileObject;
using csv::shown;

namespace {

using enum FieldType;

constexpr std::array customer_fields{
    Field{"id", text, true},       Field{"name"},        Field{"email"},    Field{"language"},
    Field{"currency"},             Field{"contact"},     Field{"street"},   Field{"street2"},
    Field{"postcode"},             Field{"city"},        Field{"region"},   Field{"country"},
    Field{"tax_id"},               Field{"terms_days", whole}, Field{"segment"}, Field{"parent"},
    Field{"accounts", text, false, true}, Field{"dunning_block"}, Field{"channel"}, Field{"entity"},
};
constexpr std::array document_fields{
    Field{"id", text, true},          Field{"customer", text, true}, Field{"document_date", date}, Field{"due_date", date},
    Field{"posting_date", date},      Field{"amount", amount},       Field{"tax", amount},         Field{"net", amount},
    Field{"currency"},                Field{"open", amount},         Field{"order"},               Field{"payment_reference"},
    Field{"original_document"},       Field{"terms_days", whole},    Field{"dunning_level", whole}, Field{"last_notice_date", date},
    Field{"text", text, false, true}, Field{"kind"},                 Field{"entity"},              Field{"terms"},
    Field{"discount_until", date},    Field{"discount_percent", decimal}, Field{"discount_amount", amount}, Field{"delivery"},
    Field{"contract"},                Field{"disputed", amount},     Field{"retained", amount},    Field{"release_date", date},
    Field{"freight", amount},
};
constexpr std::array payment_fields{
    Field{"id", text, true}, Field{"customer"}, Field{"date", date}, Field{"amount", amount, true}, Field{"currency"},
    Field{"reference"},      Field{"document", text, false, false, true}, Field{"applied_amount", amount, false, false, true}, Field{"entity"},
};
constexpr std::array advice_fields{
    Field{"id", text, true},                          Field{"payer"},                                  Field{"payer_account"},
    Field{"payer_bank"},                              Field{"customer"},                               Field{"date", date},
    Field{"amount", amount},                          Field{"currency"},                               Field{"entity"},
    Field{"document", text, false, false, true},      Field{"gross", amount, false, false, true},      Field{"discount", amount, false, false, true},
    Field{"deduction", amount, false, false, true},   Field{"adjustment", amount, false, false, true}, Field{"reason", text, false, false, true},
    Field{"net", amount, false, false, true},         Field{"text", text, false, true, true},
};
constexpr std::array fx_rate_fields{
    Field{"from", text, true}, Field{"to", text, true}, Field{"date", date, true}, Field{"rate", decimal, true}, Field{"type"}, Field{"source"},
};
constexpr std::array reference_rate_fields{
    Field{"name", text, true}, Field{"from", date, true}, Field{"percent", decimal, true}, Field{"source"},
};

constexpr std::array receipt_answer_fields{
    Field{"id", text, true}, Field{"state", text, true}, Field{"reference"}, Field{"reason"}, Field{"entity"},
};

constexpr std::array kind_names{
    std::pair{Kind::customer, std::string_view{"customer"}},       std::pair{Kind::invoice, std::string_view{"invoice"}},
    std::pair{Kind::credit_memo, std::string_view{"credit_memo"}}, std::pair{Kind::debit_memo, std::string_view{"debit_memo"}},
    std::pair{Kind::deposit_invoice, std::string_view{"deposit_invoice"}},
    std::pair{Kind::payment, std::string_view{"payment"}},         std::pair{Kind::remittance_advice, std::string_view{"remittance_advice"}},
    std::pair{Kind::fx_rate, std::string_view{"fx_rate"}},         std::pair{Kind::reference_rate, std::string_view{"reference_rate"}},
    std::pair{Kind::receipt_answer, std::string_view{"receipt_answer"}},
};
constexpr const char* kind_list = "one of customer, invoice, credit_memo, debit_memo, deposit_invoice, payment, remittance_advice, fx_rate, reference_rate, receipt_answer";

/// Fields go by these names too.
std::string_view field_named(Kind record, std::string_view name) {
    if (name == "account") return "accounts";
    if (record == Kind::remittance_advice && name == "payment") return "id";
    if (record == Kind::receipt_answer && name == "key") return "id";
    return name;
}

std::string text_of(const json::value& value) { return {value.get_string().data(), value.get_string().size()}; }

Result<ColumnRef> column_of(const json::value& value, const std::string& path) {
    if (value.is_string()) {
        if (value.get_string().empty()) return fail(Errc::invalid_config, "the column's name is empty", path);
        return ColumnRef{text_of(value), 0};
    }
    if (value.is_int64() && value.get_int64() > 0 && value.get_int64() <= static_cast<std::int64_t>(csv::columns_max))
        return ColumnRef{"", static_cast<std::size_t>(value.get_int64())};
    return csv::wrong_type(value, "a column's name or its number from 1", path);
}

/// {value: X} or {column: X, map: {...}, optional: true}.
Result<Source> source_of_object(const ProfileObject& object) {
    Source source;
    source.path = object.path("");
    source.path.pop_back();
    OWED_TRY_VOID(object.allow({"value", "column", "map", "optional"}));
    if (object.has("value") == object.has("column")) return fail(Errc::invalid_config, "expected either value: or column:", source.path);
    if (const json::value* value = object.json().if_contains("value")) {
        if (value->is_int64()) source.literal = std::to_string(value->get_int64());
        else if (value->is_string()) source.literal = text_of(*value);
        else return csv::wrong_type(*value, "a text", object.path("value"));
        if (object.has("map")) return fail(Errc::invalid_config, "a literal value needs no map", object.path("map"));
        if (object.has("optional")) return fail(Errc::invalid_config, "a literal value is always there", object.path("optional"));
        return source;
    }
    OWED_TRY(source.optional, object.flag("optional", false));
    OWED_TRY(ColumnRef column, column_of(object.json().at("column"), object.path("column")));
    source.columns.push_back(std::move(column));
    OWED_TRY(auto map, object.object("map"));
    if (!map) return source;
    for (const auto& member : map->json()) {
        std::string_view key{member.key().data(), member.key().size()};
        OWED_TRY(std::string to, map->text(key));
        source.translation.emplace(key, std::move(to));
    }
    if (source.translation.empty()) return fail(Errc::invalid_config, "the map is empty", object.path("map"));
    return source;
}

Result<Source> source_of(const json::value& value, const std::string& path, bool many) {
    if (value.is_object()) return source_of_object({value.get_object(), path});
    Source source;
    source.path = path;
    if (!value.is_array()) {
        OWED_TRY(ColumnRef column, column_of(value, path));
        source.columns.push_back(std::move(column));
        return source;
    }
    if (!many) return csv::wrong_type(value, "one column", path);
    for (const json::value& item : value.get_array()) {
        OWED_TRY(ColumnRef column, column_of(item, path + '[' + std::to_string(source.columns.size()) + ']'));
        source.columns.push_back(std::move(column));
    }
    if (source.columns.empty()) return fail(Errc::invalid_config, "the list of columns is empty", path);
    return source;
}

std::string field_names(Kind kind) {
    std::string out;
    for (const Field& field : fields_of(kind)) out += (out.empty() ? "" : ", ") + std::string{field.name};
    return out;
}

Status read_fields(const ProfileObject& columns, Entry& entry) {
    for (const auto& member : columns.json()) {
        std::string name{member.key().data(), member.key().size()};
        std::string path = columns.path(name);
        name = field_named(entry.record, name);
        auto fields = fields_of(entry.record);
        auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
        if (field == fields.end())
            return fail(Errc::invalid_config, "a record of kind " + std::string{name_of(entry.record)} + " has no field " + shown(name), path,
                        "fields: " + field_names(entry.record));
        OWED_TRY(Source source, source_of(member.value(), path, field->many));
        if (!entry.fields.emplace(name, std::move(source)).second)
            return fail(Errc::invalid_config, "the field " + name + " is given twice", path);
    }
    for (const Field& field : fields_of(entry.record)) {
        const auto given = entry.fields.find(field.name);
        if (field.required && given != entry.fields.end() && given->second.optional)
            return fail(Errc::invalid_config, "the field " + std::string{field.name} + " is needed in every row, so its column cannot be optional", given->second.path);
        if (field.required && given == entry.fields.end())
            return fail(Errc::invalid_config, "the field " + std::string{field.name} + " is missing; a record of kind " + std::string{name_of(entry.record)} + " needs it",
                        columns.path(field.name), "name the column that holds it");
    }
    if (entry.fields.contains("deduction") && entry.fields.contains("adjustment"))
        return fail(Errc::invalid_config, "deduction and adjustment are one thing with two signs", columns.path("adjustment"), "keep the one that the file has");
    if (is_document(entry.record) && !entry.fields.contains("amount") && !(entry.fields.contains("net") && entry.fields.contains("tax")))
        return fail(Errc::invalid_config, "a document needs the field amount, or net and tax", columns.path("amount"));
    return {};
}

Status check_literal_kind(const Entry& entry) {
    auto kind = entry.fields.find("kind");
    if (kind == entry.fields.end()) return {};
    auto check = [&](const std::string& value) -> Status {
        auto found = find_kind(value);
        if (found && is_document(*found)) return {};
        return fail(Errc::invalid_config, shown(value) + " is no kind of document", kind->second.path, "one of invoice, credit_memo, debit_memo, deposit_invoice");
    };
    if (kind->second.literal) OWED_TRY_VOID(check(*kind->second.literal));
    for (const auto& [from, to] : kind->second.translation) OWED_TRY_VOID(check(to));
    return {};
}

Result<Condition> condition_of(const ProfileObject& object) {
    OWED_TRY_VOID(object.allow({"column", "in", "not_in"}));
    Condition condition;
    condition.path = object.path("column");
    if (!object.has("column")) return fail(Errc::invalid_config, "the column to look at is missing", condition.path);
    OWED_TRY(condition.column, column_of(object.json().at("column"), condition.path));
    if (object.has("in") == object.has("not_in")) return fail(Errc::invalid_config, "expected either in: or not_in:, a list of texts", object.path("in"));
    condition.wanted = object.has("in");
    OWED_TRY(condition.values, object.texts(condition.wanted ? "in" : "not_in"));
    if (condition.values.empty()) return fail(Errc::invalid_config, "the list is empty", object.path(condition.wanted ? "in" : "not_in"));
    return condition;
}

/// One condition, or a list of which all must hold.
Status read_when(const ProfileObject& object, Entry& entry) {
    const json::value* value = object.json().if_contains("when");
    if (!value) return {};
    if (value->is_object()) {
        OWED_TRY(Condition one, condition_of({value->get_object(), object.path("when")}));
        entry.when.push_back(std::move(one));
        return {};
    }
    if (!value->is_array()) return csv::wrong_type(*value, "an object with column and in", object.path("when"));
    for (const json::value& item : value->get_array()) {
        std::string path = object.path("when") + '[' + std::to_string(entry.when.size()) + ']';
        if (!item.is_object()) return csv::wrong_type(item, "an object with column and in", path);
        OWED_TRY(Condition one, condition_of({item.get_object(), path}));
        entry.when.push_back(std::move(one));
    }
    return {};
}

Result<Entry> read_entry(const ProfileObject& object) {
    OWED_TRY_VOID(object.allow({"match", "record", "columns", "dates", "when", "entity_from", "delimiter", "quote", "encoding", "skip_lines", "decimal",
                                "thousands", "header"}));
    Entry entry;
    entry.path = object.path("");
    entry.path.pop_back();
    if (object.has("match")) {
        OWED_TRY(entry.match, object.text("match"));
    }
    OWED_TRY(std::string record, object.text("record"));
    auto kind = find_kind(record);
    if (!kind)
        return fail(Errc::invalid_config, record.empty() ? "the kind of record is missing" : "there is no kind of record " + shown(record), object.path("record"),
                    kind_list);
    entry.record = *kind;
    OWED_TRY(std::string dates, object.text("dates"));
    if (!dates.empty()) {
        auto format = csv::DateFormat::of(dates);
        if (!format) return fail(Errc::invalid_config, format.error().what, object.path("dates"), format.error().advice);
        entry.dates = *format;
    }
    OWED_TRY(entry.notation, csv::notation_of(object));
    OWED_TRY(entry.header, object.flag("header", true));
    OWED_TRY(auto columns, object.object("columns"));
    if (!columns) return fail(Errc::invalid_config, "columns is missing: which column holds which field", object.path("columns"));
    OWED_TRY_VOID(read_fields(*columns, entry));
    if (const json::value* from = object.json().if_contains("entity_from")) {
        OWED_TRY(Source source, source_of(*from, object.path("entity_from"), false));
        if (!entry.fields.emplace("entity", std::move(source)).second)
            return fail(Errc::invalid_config, "the entity is given twice, here and in columns", object.path("entity_from"));
    }
    OWED_TRY_VOID(check_literal_kind(entry));
    OWED_TRY_VOID(read_when(object, entry));
    return entry;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view name_of(Kind kind) {
    for (const auto& [k, name] : kind_names)
        if (k == kind) return name;
    return "";
}

std::optional<Kind> find_kind(std::string_view name) {
    for (const auto& [k, known] : kind_names)
        if (known == name) return k;
    return {};
}

std::span<const Field> fields_of(Kind kind) {
    switch (kind) {
        case Kind::customer: return customer_fields;
        case Kind::payment: return payment_fields;
        case Kind::remittance_advice: return advice_fields;
        case Kind::fx_rate: return fx_rate_fields;
        case Kind::reference_rate: return reference_rate_fields;
        case Kind::receipt_answer: return receipt_answer_fields;
        case Kind::invoice:
        case Kind::credit_memo:
        case Kind::debit_memo:
        case Kind::deposit_invoice: return document_fields;
    }
    return {};
}

Result<std::vector<Entry>> read_mapping(const ProfileObject& settings) {
    const json::value* files = settings.json().if_contains("files");
    if (!files && settings.has("columns"))
        return fail(Errc::unsupported_format, "this profile describes a bank statement: it has columns, but no list of files", settings.path("columns"));
    if (!files) return fail(Errc::invalid_config, "the list of files is missing", settings.path("files"), "files: - {match, record, columns}");
    if (!files->is_array()) return csv::wrong_type(*files, "a list", settings.path("files"));
    std::vector<Entry> entries;
    for (const json::value& item : files->get_array()) {
        std::string path = settings.path("files") + '[' + std::to_string(entries.size()) + ']';
        if (!item.is_object()) return csv::wrong_type(item, "an object", path);
        OWED_TRY(Entry entry, read_entry({item.get_object(), path}));
        entries.push_back(std::move(entry));
    }
    if (entries.empty()) return fail(Errc::invalid_config, "the list of files is empty", settings.path("files"));
    return entries;
}

bool matches(std::string_view pattern, std::string_view file_name) {
    if (auto slash = file_name.rfind('/'); slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
    std::size_t p = 0, n = 0, star = std::string_view::npos, retry = 0;
    while (n < file_name.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(file_name[n])) && pattern[p] != '*') {
            ++p;
            ++n;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace owed::formats::erp_csv
