// A bank's profile: JSON to what the reader needs.
#include <algorithm>

#include "formats/bank_csv/columns.hpp"
#include "owed/currency.hpp"

namespace owed::formats::bank_csv {

using csv::ProfileObject;

namespace {

std::optional<Role> find_role(std::string_view name) {
    for (std::size_t i = 0; i < role_count; ++i)
        if (name_of(static_cast<Role>(i)) == name) return static_cast<Role>(i);
    return {};
}

Status read_columns(const ProfileObject& columns, Profile& profile) {
    for (const auto& member : columns.json()) {
        std::string_view key{member.key().data(), member.key().size()};
        auto role = find_role(key);
        if (!role) {
            std::string known;
            for (std::size_t i = 0; i < role_count; ++i) known += (i ? ", " : "") + std::string{name_of(static_cast<Role>(i))};
            return fail(Errc::invalid_config, "a bank statement has no field " + csv::shown(key), columns.path(key), "fields: " + known);
        }
        if (member.value().is_int64()) {
            OWED_TRY(auto number, columns.number(key, 1, 2000));
            profile.columns.emplace_back(*role, std::to_string(*number));
            continue;
        }
        OWED_TRY(auto names, columns.texts(key));
        if (names.empty() || (names.size() > 1 && *role != Role::text))
            return fail(Errc::invalid_config, "expected one column", columns.path(key));
        for (std::string& name : names) profile.columns.emplace_back(*role, std::move(name));
    }
    auto given = [&](Role role) { return std::any_of(profile.columns.begin(), profile.columns.end(), [&](const auto& c) { return c.first == role; }); };
    if (!given(Role::booking_date) && !given(Role::value_date))
        return fail(Errc::invalid_config, "a booking_date or value_date is needed", columns.path("booking_date"));
    if (!given(Role::amount) && !given(Role::debit) && !given(Role::credit))
        return fail(Errc::invalid_config, "an amount is needed, or debit and credit", columns.path("amount"));
    if (given(Role::amount) && (given(Role::debit) || given(Role::credit)))
        return fail(Errc::invalid_config, "either amount, or debit and credit", columns.path("amount"));
    return {};
}

}  // namespace

Result<Profile> read_profile(std::string_view json) {
    Profile profile;
    if (json.empty()) return profile;
    OWED_TRY(auto value, csv::parse_profile(json));
    ProfileObject object{value.get_object(), ""};
    if (object.has("files"))
        return fail(Errc::unsupported_format, "this profile describes ERP exports: it has a list of files", "files", "a bank statement's profile has columns");
    OWED_TRY_VOID(object.allow({"name", "description", "columns", "date_format", "decimal", "thousands", "delimiter", "quote", "encoding", "skip_lines", "skip_trailer_lines", "header",
                                "account", "currency", "inverse_sign"}));
    OWED_TRY(profile.notation, csv::notation_of(object));
    OWED_TRY(auto columns, object.object("columns"));
    if (columns) {
        OWED_TRY_VOID(read_columns(*columns, profile));
    }
    OWED_TRY(std::string dates, object.text("date_format"));
    if (!dates.empty()) {
        auto format = csv::DateFormat::of(dates);
        if (!format) return fail(Errc::invalid_config, format.error().what, "date_format", format.error().advice);
        profile.dates = *format;
    }
    OWED_TRY(profile.currency, object.text("currency"));
    if (!profile.currency.empty() && !find_currency(profile.currency))
        return fail(Errc::invalid_config, csv::shown(profile.currency) + " is not a currency of ISO 4217, like EUR", "currency");
    OWED_TRY(auto account, object.object("account"));
    if (account) {
        OWED_TRY_VOID(account->allow({"iban", "id", "bank", "name"}));
        OWED_TRY(profile.iban, account->text("iban"));
        OWED_TRY(profile.account_id, account->text("id"));
        OWED_TRY(profile.account_bank, account->text("bank"));
        OWED_TRY(profile.account_name, account->text("name"));
    }
    OWED_TRY(auto trailer, object.number("skip_trailer_lines", 0, 10'000));
    profile.skip_trailer_lines = static_cast<std::uint32_t>(trailer.value_or(0));
    OWED_TRY(profile.header, object.flag("header", true));
    if (!profile.header && profile.columns.empty())
        return fail(Errc::invalid_config, "a file without header needs its columns by number", "columns");
    OWED_TRY(profile.inverse_sign, object.flag("inverse_sign", false));
    return profile;
}

}  // namespace owed::formats::bank_csv
