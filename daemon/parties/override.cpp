// What a person lays over the ERP's values.
#include <algorithm>
#include <array>

#include "parties/detail/names.hpp"
#include "parties/parties.hpp"

namespace owed::parties {

void renew_names(store::Tx& tx, CustomerId id) {
    std::string name;
    {
        auto row = tx.query("SELECT coalesce((SELECT value FROM customer_override WHERE customer = customer.id AND field = 'name'), name) "
                            "FROM customer WHERE id = ?");
        if (row.bind(id.value).step())
            name = row.text(0);
    }
    tx.query("DELETE FROM customer_name WHERE customer = ?").bind(id.value).run();
    for (const auto& key : name_keys(name))
        tx.query("INSERT OR IGNORE INTO customer_name(customer, base, form) VALUES(?, ?, ?)").bind(id.value, key.base, key.form).run();
}

namespace {

constexpr std::array settable{"name", "email", "language", "contact", "channel", "dunning_block", "hold"};

bool has_control(std::string_view value) {
    return std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// One address, no list, nothing that would break out of a header.
bool is_address(std::string_view value) {
    const auto at = value.find('@');
    return at != value.npos && at > 0 && at + 1 < value.size() && value.find('@', at + 1) == value.npos &&
           value.find_first_of(" ,;<>\"()[]\\") == value.npos && value.size() <= 254;
}

bool is_language(std::string_view value) {
    return value.size() <= 35 && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

/// Refuses what the field cannot hold; gives the value to keep.
Result<std::string> value_for(std::string_view field, std::string_view value) {
    const auto refuse = [&](std::string what) { return fail(Errc::invalid_argument, std::move(what), std::string{field}); };
    if (std::find(settable.begin(), settable.end(), field) == settable.end())
        return refuse("a customer has no field \"" + std::string{field} + "\" that can be set; there are name, email, language, contact, "
                      "channel, dunning_block and hold");
    if (has_control(value) || value.size() > 1000)
        return refuse("the value has line breaks or control characters, or more than 1,000 bytes");
    if (field == "email" && !value.empty() && !is_address(value))
        return refuse("\"" + std::string{value} + "\" is not one e-mail address");
    if (field == "language" && !is_language(value))
        return refuse("\"" + std::string{value} + "\" is not a language tag such as de or en-US");
    if (field == "channel" && !value.empty() && value != "email" && value != "letter")
        return refuse("channel is email or letter, or empty for what the policy says");
    if (field == "hold" && value == "no")
        return std::string{};
    return std::string{value};
}

std::string raw(std::string_view hex_text) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex_text.size(); i += 2)
        bytes += static_cast<char>(digit(hex_text[i]) * 16 + digit(hex_text[i + 1]));
    return bytes;
}

/// What a person could have changed, as one text for the commitment of the state.
std::string state_text(const CustomerRow& row) {
    return store::RowHash{}.add(row.customer.name).add(row.customer.email).add(row.customer.language).add(row.customer.contact_name)
        .add(row.customer.channel).add(row.customer.dunning_block).add(row.hold_reason).bytes();
}

}  // namespace

Status set(store::Tx& tx, Clock& clock, Rng& rng, const audit::Actor& by, CustomerId id, std::string_view field, std::string_view value) {
    OWED_TRY(const auto kept, value_for(field, value));
    const auto before = find(tx, id);
    if (!before)
        return fail(Errc::not_found, "there is no such customer");
    const Instant now = clock.now();
    tx.query("INSERT INTO customer_override(customer, field, value, set_by, at) VALUES(?, ?, ?, ?, ?) "
             "ON CONFLICT(customer, field) DO UPDATE SET value = excluded.value, set_by = excluded.set_by, at = excluded.at")
        .bind(id.value, field, kept, by.id, now.micros).run();
    tx.query("UPDATE customer SET version = version + 1, changed_at = ? WHERE id = ?").bind(now.micros, id.value).run();
    if (field == "name")
        renew_names(tx, id);
    std::int64_t version = 0;
    {
        auto row = tx.query("SELECT version FROM customer WHERE id = ?");
        row.bind(id.value).step();
        version = row.integer(0);
    }
    const std::string subject = "customer:" + before->entity + ":" + before->customer.number;
    const bool in_clear = field == "language" || field == "channel";
    const auto after = find(tx, id);
    return audit::append(tx, clock, {.actor = by, .entity = before->entity, .action = "customer.set", .object_kind = "customer",
        .object_id = before->entity + "/" + before->customer.number, .version_before = version - 1, .version_after = version,
        .before_hash = raw(audit::commit_personal(tx, rng, subject, state_text(*before))),
        .after_hash = raw(audit::commit_personal(tx, rng, subject, state_text(*after))),
        .reason = std::string{field} + "=" + (in_clear ? kept : audit::commit_personal(tx, rng, subject, kept))});
}

}  // namespace owed::parties
