// A plugin written against abi.h alone, which breaks its rules as the setting "do" says: tables that are too small or have
// holes, answers that are ignored, results that fit no record.
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include "owed/abi.h"
#include "owed/boundary.hpp"
#include "owed/record_wire.hpp"

namespace {

using namespace owed;

struct Raw {
    const owed_host* host = nullptr;
    std::string what;
    owed_source_1 source{};
    owed_codec_1 codec{};
    owed_sender_1 sender{};
    owed_sink_1 sink{};
    owed_agency_1 agency{};
    owed_decider_1 decider{};

    template <class Table>
    const Table& service(const char* id) const { return *static_cast<const Table*>(host->service(host->self, text_of(id))); }
    const owed_emit_1& emit() const { return service<owed_emit_1>(OWED_EMIT_1); }
    bool is(std::string_view wanted) const { return what == wanted; }
};
Raw& raw_of(void* self) { return *static_cast<Raw*>(self); }

/// Two records; the second of a faulty batch is of no known kind of document.
std::string batch(int number, bool faulty) {
    wire::BatchBuilder builder;
    Customer customer;
    customer.number = "C-" + std::to_string(number);
    ArDocument document;
    document.kind = static_cast<ArDocument::Kind>(faulty ? 9 : 0);
    document.number = "D-" + std::to_string(number);
    document.amount = Amount{100, 2, "EUR"};
    [[maybe_unused]] const auto first = builder.add({customer, "", ""}), second = builder.add({document, "", ""});
    return builder.finish();
}

owed_status check(void*) { return OWED_OK; }

owed_status say(const Raw& raw, owed_status status, const char* message) {
    owed_failure failure{};
    failure.size = sizeof failure;
    failure.status = status;
    failure.message = text_of(message);
    raw.service<owed_fail_1>(OWED_FAIL_1).raise(raw.host->self, &failure);
    return status;
}

owed_status pass_on(const Raw& raw, owed_status status) {
    const auto& fail = raw.service<owed_fail_1>(OWED_FAIL_1);
    if (const auto* why = fail.last(raw.host->self); status != OWED_OK && why != nullptr) fail.raise(raw.host->self, why);
    return status;
}

/// Twenty batches, the third one faulty.
owed_status read_batches(const Raw& raw) {
    const auto& emit = raw.emit();
    void* host = raw.host->self;
    for (int i = 1; i <= 20; ++i) {
        const auto bytes = batch(i, i == 3);
        const owed_status status = emit.records(host, bytes_of(bytes));
        if (status != OWED_OK && raw.is("stop at the fault")) return pass_on(raw, status);
    }
    if (raw.is("say something else")) return say(raw, OWED_TRANSIENT, "the line is slow today");
    if (raw.is("hand over an artifact")) {
        const owed_artifact page{sizeof(owed_artifact), OWED_AFTER_LEAVE, text_of("page"), {}, bytes_of("x")};
        std::int32_t fate = 0;
        emit.artifact(host, &page, &fate);
    }
    if (!raw.is("never commit")) emit.commit(host, bytes_of("20"));
    if (raw.is("commit twice")) emit.commit(host, bytes_of("21"));
    return OWED_OK;
}

owed_status read(void* self, owed_bytes cursor) {
    const Raw& raw = raw_of(self);
    void* host = raw.host->self;
    const auto& clock = raw.service<owed_clock_1>(OWED_CLOCK_1);
    if (raw.is("wait too long")) return pass_on(raw, clock.wait(host, 60'001));
    if (raw.is("nulls")) {
        std::int32_t fate = 0;
        std::uint64_t got = 0;
        std::array<owed_status, 12> seen{
            clock.now(host, nullptr), clock.remaining(host, nullptr),
            raw.service<owed_random_1>(OWED_RANDOM_1).fill(host, text_of("x"), nullptr, 8),
            raw.service<owed_state_1>(OWED_STATE_1).get(host, text_of("x"), nullptr),
            raw.service<owed_files_1>(OWED_FILES_1).list(host, text_of("x"), text_of("*"), nullptr, nullptr),
            raw.service<owed_files_1>(OWED_FILES_1).read(host, text_of("x"), text_of("y"), 0, nullptr, 8, &got),
            raw.service<owed_files_1>(OWED_FILES_1).read(host, text_of("x"), text_of("y"), 0, &got, 8, nullptr),
            raw.emit().artifact(host, nullptr, &fate), raw.emit().records(host, {nullptr, 5}),
            raw.service<owed_transfer_1>(OWED_TRANSFER_1).perform(host, nullptr, nullptr),
            raw.service<owed_log_1>(OWED_LOG_1).size == 0 ? OWED_OK : OWED_BUG,
            raw.service<owed_secrets_1>(OWED_SECRETS_1).has(host, {nullptr, 3})};
        for (const auto status : seen)
            if (status != OWED_BUG) return say(raw, OWED_DATA, "a null pointer was taken");
        return raw.emit().commit(host, bytes_of("nulls"));
    }
    if (raw.is("trace")) {
        const auto* trace = static_cast<const owed_trace_draft*>(raw.host->service(host, text_of(OWED_TRACE_DRAFT)));
        if (trace != nullptr) trace->mark(host, text_of("halfway"));
        const bool unknown = raw.host->service(host, text_of("x.owed.other/1")) != nullptr || raw.host->service(host, text_of("owed.emit/2")) != nullptr;
        return raw.emit().commit(host, bytes_of(unknown ? "an unknown service" : trace != nullptr ? "traced" : "no trace"));
    }
    if (view_of(cursor) == "die between batches") {
        for (int i = 1; i <= 5; ++i) raw.emit().records(host, bytes_of(batch(i, false)));
        std::abort();
    }
    return read_batches(raw);
}

owed_status decode(void* self, owed_text, owed_bytes, owed_text, owed_text) {
    const Raw& raw = raw_of(self);
    for (int i = 1; i <= 20; ++i) raw.emit().records(raw.host->self, bytes_of(batch(i, i == 3)));
    const auto report = wire::encode_report({"raw", Verdict::accept, {}, {}, 40});
    const auto status = raw.emit().report(raw.host->self, bytes_of(*report));
    return raw.is("stop at the fault") ? pass_on(raw, status) : OWED_OK;
}

owed_status sniff(void* self, owed_text, owed_bytes, owed_sniffed* out) {
    out->score = raw_of(self).is("sniff beyond") ? 101 : 40;
    std::memset(out->format, 'f', sizeof out->format);  // not ended by zero
    return OWED_OK;
}

owed_status nothing(void*, owed_bytes) { return OWED_OK; }
owed_status look(void*, owed_text) { return OWED_OK; }

/// Three records are written; the results are as the setting says.
owed_status write(void* self, owed_bytes) {
    const Raw& raw = raw_of(self);
    const auto result = [](std::uint32_t index) { return WriteResult{index, SendState::sent, "R-" + std::to_string(index), "", "", false}; };
    std::vector<WriteResult> results;
    if (raw.is("fewer")) results = {result(2), result(0)};
    if (raw.is("none at all") || raw.is("died before")) results = {};
    if (raw.is("too many")) results = {result(0), result(1), result(2), result(3)};
    if (raw.is("counted from one")) results = {result(1), result(2), result(3)};
    if (raw.is("two for one")) results = {result(0), result(1), result(1)};
    if (raw.is("half, then refused") || raw.is("half, then died") || raw.is("twice")) results = {result(0)};
    const auto bytes = *wire::encode_results(results);
    if (!raw.is("none at all") && !raw.is("died before")) raw.emit().results(raw.host->self, bytes_of(bytes));
    if (raw.is("twice")) return pass_on(raw, raw.emit().results(raw.host->self, bytes_of(bytes)));
    if (raw.is("half, then refused")) return say(raw, OWED_AUTH, "the session expired");
    if (raw.is("half, then died") || raw.is("died before")) std::abort();
    return OWED_OK;
}

owed_status propose(void* self, owed_bytes) {
    const Raw& raw = raw_of(self);
    if (raw.is("junk answer")) return pass_on(raw, raw.emit().answer(raw.host->self, bytes_of("no flatbuffer at all")));
    if (raw.is("two answers")) {
        const auto bytes = wire::encode_answer({});
        raw.emit().answer(raw.host->self, bytes_of(*bytes));
        return pass_on(raw, raw.emit().answer(raw.host->self, bytes_of(*bytes)));
    }
    return OWED_OK;
}

template <class Table>
const void* shown(const Raw& raw, const Table& table, const char* name) {
    return raw.is(std::string{"no "} + name) ? nullptr : &table;
}
const void* extension(void* self, owed_text id) {
    const Raw& raw = raw_of(self);
    const auto name = view_of(id);
    if (name == OWED_SOURCE_1) return shown(raw, raw.source, "source");
    if (name == OWED_CODEC_1) return shown(raw, raw.codec, "codec");
    if (name == OWED_SENDER_1) return shown(raw, raw.sender, "sender");
    if (name == OWED_SINK_1) return shown(raw, raw.sink, "sink");
    if (name == OWED_AGENCY_1) return shown(raw, raw.agency, "agency");
    return name == OWED_DECIDER_1 ? shown(raw, raw.decider, "decider") : nullptr;
}
void destroy(void* self) { delete static_cast<Raw*>(self); }

/// "small sink": its table is a function shorter. "hole in sink.write": the function is NULL.
void spoil(Raw& raw) {
    const auto small = [&](auto& table, const char* name) {
        if (raw.is(std::string{"small "} + name)) table.size -= static_cast<std::uint32_t>(sizeof(void*));
        if (raw.is(std::string{"empty "} + name)) table.size = 0;
    };
    small(raw.source, "source"), small(raw.codec, "codec"), small(raw.sender, "sender");
    small(raw.sink, "sink"), small(raw.agency, "agency"), small(raw.decider, "decider");
    const auto hole = [&](auto& function, const char* name) {
        if (raw.is(std::string{"hole in "} + name)) function = nullptr;
    };
    hole(raw.source.check, "source.check"), hole(raw.source.read, "source.read"), hole(raw.source.cancel, "source.cancel");
    hole(raw.codec.sniff, "codec.sniff"), hole(raw.codec.decode, "codec.decode");
    hole(raw.sender.check, "sender.check"), hole(raw.sender.send, "sender.send"), hole(raw.sender.lookup, "sender.lookup");
    hole(raw.sink.check, "sink.check"), hole(raw.sink.write, "sink.write"), hole(raw.sink.lookup, "sink.lookup");
    hole(raw.agency.check, "agency.check"), hole(raw.agency.place, "agency.place"), hole(raw.agency.update, "agency.update");
    hole(raw.agency.recall, "agency.recall"), hole(raw.agency.lookup, "agency.lookup"), hole(raw.agency.fetch, "agency.fetch");
    hole(raw.decider.propose, "decider.propose");
}

owed_status create(const owed_host* host, owed_text, owed_text settings, owed_instance* out) {
    auto* raw = new Raw;
    raw->host = host;
    const auto text = view_of(settings);  // {"do":"..."}
    raw->what = text.substr(7, text.size() - 9);
    raw->source = {sizeof raw->source, 0, &check, &read, [](void*) {}};
    raw->codec = {sizeof raw->codec, 0, &sniff, &decode};
    raw->sender = {sizeof raw->sender, 0, &check, &nothing, &look};
    raw->sink = {sizeof raw->sink, 0, &check, &write, &look};
    raw->agency = {sizeof raw->agency, 0, &check, &nothing, &nothing, &nothing, &look, &nothing};
    raw->decider = {sizeof raw->decider, 0, &propose};
    spoil(*raw);
    out->self = raw;
    out->extension = raw->is("hole in extension") ? nullptr : &extension;
    out->destroy = raw->is("hole in destroy") ? nullptr : &destroy;
    return OWED_OK;
}

}  // namespace

extern "C" {
extern const owed_entry owed_plugin_entry;
const owed_entry owed_plugin_entry = {sizeof(owed_entry), OWED_ABI_MAJOR, OWED_ABI_MINOR, 9, {"by hand", 7}, &create};
}
