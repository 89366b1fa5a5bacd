#include "audit/detail/record.hpp"

#include <array>

namespace owed::audit {

namespace {

constexpr std::array actor_kinds{Actor::Kind::person, Actor::Kind::job, Actor::Kind::connector, Actor::Kind::system};

void append_little_endian(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i));
}

std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

class Writer {
  public:
    Writer& add(std::string_view text) {
        OWED_CHECK(text.size() <= 1 << 20, "a field of an audit record is longer than 1 MiB");
        append_little_endian(bytes_, text.size(), 4);
        bytes_ += text;
        return *this;
    }
    Writer& add(std::int64_t number) {
        append_little_endian(bytes_, 8, 4);
        append_little_endian(bytes_, static_cast<std::uint64_t>(number), 8);
        return *this;
    }
    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_{format_id};
};

/// Reads fields one after the other; the first misfit makes all that follow empty and `good()` false.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_{bytes}, good_{bytes.starts_with(format_id)} {
        if (good_)
            rest_.remove_prefix(format_id.size());
    }
    std::string_view field() {
        if (!good_ || rest_.size() < 4)
            return spoil();
        const std::size_t size = little_endian(rest_.substr(0, 4));
        if (rest_.size() - 4 < size)
            return spoil();
        const auto value = rest_.substr(4, size);
        rest_.remove_prefix(4 + size);
        return value;
    }
    std::string text() { return std::string{field()}; }
    std::int64_t number() {
        const auto value = field();
        if (value.size() != 8) {
            spoil();
            return 0;
        }
        return static_cast<std::int64_t>(little_endian(value));
    }
    std::string hash() {
        auto value = text();
        if (!value.empty() && value.size() != 32)
            spoil();
        return value;
    }
    bool at_end() const { return good_ && rest_.empty(); }
    std::string_view spoil() {
        good_ = false;
        return {};
    }

  private:
    std::string_view rest_;
    bool good_;
};

}  // namespace

std::string_view name_of(Actor::Kind kind) noexcept {
    switch (kind) {
        case Actor::Kind::person: return "person";
        case Actor::Kind::job: return "job";
        case Actor::Kind::connector: return "connector";
        case Actor::Kind::system: return "system";
    }
    return "unknown";
}

std::string to_text(const Actor& actor) {
    std::string text{name_of(actor.kind)};
    if (!actor.id.empty())
        text += " " + actor.id;
    return text;
}

std::string canonical_bytes(const Record& record) {
    const Act& act = record.act;
    return Writer{}
        .add(record.seq).add(record.at.micros).add(act.entity)
        .add(name_of(act.actor.kind)).add(act.actor.id).add(act.actor.session).add(act.actor.address)
        .add(act.on_behalf_of).add(act.action).add(act.object_kind).add(act.object_id)
        .add(act.version_before).add(act.version_after).add(act.before_hash).add(act.after_hash)
        .add(act.reason).add(act.approval).add(act.request).add(record.build).add(act.policy_version)
        .take();
}

Result<Record> parse_record(std::string_view bytes) {
    Reader in{bytes};
    Record record;
    Act& act = record.act;
    record.seq = in.number();
    record.at.micros = in.number();
    act.entity = in.text();
    const auto kind = in.field();
    bool known = false;
    for (const auto candidate : actor_kinds)
        if (kind == name_of(candidate)) {
            act.actor.kind = candidate;
            known = true;
        }
    if (!known)
        in.spoil();
    act.actor.id = in.text();
    act.actor.session = in.text();
    act.actor.address = in.text();
    act.on_behalf_of = in.text();
    act.action = in.text();
    act.object_kind = in.text();
    act.object_id = in.text();
    act.version_before = in.number();
    act.version_after = in.number();
    act.before_hash = in.hash();
    act.after_hash = in.hash();
    act.reason = in.text();
    act.approval = in.text();
    act.request = in.text();
    record.build = in.text();
    act.policy_version = in.text();
    if (!in.at_end())
        return fail(Errc::store_corrupt, "the stored bytes are not an audit record");
    return record;
}

std::string chain_hash(std::string_view prev, std::string_view bytes) {
    std::string input{prev};
    append_little_endian(input, bytes.size(), 4);
    input += bytes;
    return store::sha256(input);
}

std::string genesis_hash(const store::Epoch& first) {
    return store::RowHash{}.add(first.installation_id).add(first.created.micros).bytes();
}

}  // namespace owed::audit
