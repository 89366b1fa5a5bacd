// The C side of a C++ plugin: the tables that the host sees, and the one place where an exception meets C.
#include "owed/plugin.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "detail/host_core.hpp"
#include "owed/record_wire.hpp"

namespace owed::plugin::detail {
namespace {

/// One instance as the host knows it: owed_instance.self points here.
struct Box {
    HostCore core;
    Faces faces;
    bool busy = false;  ///< inside a call; two at once are the host's bug
};

Box& box_of(void* self) { return *static_cast<Box*>(self); }

/// Every exported function's body runs in here.
template <class Body>
owed_status at_boundary(void* self, Body&& body) noexcept {
    Box& box = box_of(self);
    if (box.busy) return box.core.raise_bug("the host called this instance while another call was running");
    box.busy = true;
    owed_status answer = OWED_BUG;
    try {
        const Status status = body(box);
        answer = status ? OWED_OK : box.core.raise(status.error());
    } catch (const std::exception& e) {
        answer = box.core.raise_bug(e.what());
    } catch (...) {
        answer = box.core.raise_bug("an exception that is no std::exception");
    }
    box.core.pending = {};
    box.busy = false;
    return answer;
}

/// Gathers records into batches of a useful size: the boundary costs per batch.
class Batches : public RecordSink {
  public:
    explicit Batches(HostCore& core) : core_{core} {}
    Status record(Record record) override {
        OWED_TRY_VOID(builder_.add(record));
        if (builder_.records() >= 512 || builder_.bytes() >= (1u << 20)) return flush();
        return {};
    }
    Status flush() {
        if (builder_.records() == 0) return {};
        if (!OWED_HAS(core_.emit, records)) return fail(core_.missing(OWED_EMIT_1));
        const auto batch = builder_.finish();
        return core_.status(core_.emit->records(core_.host->self, bytes_of(batch)), "emit.records");
    }

  private:
    HostCore& core_;
    wire::BatchBuilder builder_;
};

class HostReader : public Reader {
  public:
    explicit HostReader(HostCore& core) : core_{core}, batches_{core} {}

    Result<ArtifactFate> artifact(std::string_view name, std::string_view bytes) override {
        return hand_over({sizeof(owed_artifact), OWED_AFTER_LEAVE, text_of(name), {}, bytes_of(bytes)});
    }
    Result<ArtifactFate> file(std::string_view folder, std::string_view name, After after) override {
        return hand_over({sizeof(owed_artifact), static_cast<std::int32_t>(after), text_of(name), text_of(folder), {}});
    }
    Status record(Record record) override { return batches_.record(std::move(record)); }
    Status commit(std::string_view cursor) override {
        OWED_TRY_VOID(batches_.flush());
        if (!OWED_HAS(core_.emit, commit)) return fail(core_.missing(OWED_EMIT_1));
        return core_.status(core_.emit->commit(core_.host->self, bytes_of(cursor)), "emit.commit");
    }
    /// What no commit followed is handed over too: the host forgets it, and whoever checks the plugin sees it.
    Status finish() { return batches_.flush(); }
    bool cancelled() const override {
        return OWED_HAS(core_.clock, cancelled) && core_.clock->cancelled(core_.host->self) != 0;
    }

  private:
    Result<ArtifactFate> hand_over(const owed_artifact& artifact) {
        OWED_TRY_VOID(batches_.flush());
        if (!OWED_HAS(core_.emit, artifact)) return fail(core_.missing(OWED_EMIT_1));
        std::int32_t fate = OWED_FATE_LEFT;
        OWED_TRY_VOID(core_.status(core_.emit->artifact(core_.host->self, &artifact, &fate), "emit.artifact"));
        switch (fate) {
            case OWED_FATE_TAKEN: return ArtifactFate::taken;
            case OWED_FATE_DUPLICATE: return ArtifactFate::duplicate;
            case OWED_FATE_REJECTED: return ArtifactFate::rejected;
            default: return ArtifactFate::leave;
        }
    }
    HostCore& core_;
    Batches batches_;
};

Status emit_receipt(HostCore& core, const SendReceipt& receipt) {
    if (!OWED_HAS(core.emit, receipt)) return fail(core.missing(OWED_EMIT_1));
    OWED_TRY(const auto bytes, wire::encode_receipt(receipt));
    return core.status(core.emit->receipt(core.host->self, bytes_of(bytes)), "emit.receipt");
}

// ---- owed.source/1

owed_status source_check(void* self) {
    return at_boundary(self, [](Box& box) { return box.faces.source->check(); });
}
owed_status source_read(void* self, owed_bytes cursor) {
    return at_boundary(self, [&](Box& box) -> Status {
        HostReader reader{box.core};
        OWED_TRY_VOID(box.faces.source->read(view_of(cursor), reader));
        return reader.finish();
    });
}
void source_cancel(void* self) { box_of(self).faces.source->cancel(); }
const owed_source_1 source_table{sizeof(owed_source_1), 0, &source_check, &source_read, &source_cancel};

// ---- owed.codec/1

owed_status codec_sniff(void* self, owed_text file_name, owed_bytes head, owed_sniffed* out) {
    return at_boundary(self, [&](Box& box) -> Status {
        OWED_TRY(const Sniffed sniffed, box.faces.codec->sniff(view_of(file_name), view_of(head)));
        if (sniffed.format.size() >= sizeof out->format)
            return fail(Errc::plugin_bug, "the name of format \"" + sniffed.format + "\" is longer than 31 bytes");
        out->score = sniffed.score;
        std::memset(out->format, 0, sizeof out->format);
        std::memcpy(out->format, sniffed.format.data(), sniffed.format.size());
        return {};
    });
}
owed_status codec_decode(void* self, owed_text file_name, owed_bytes bytes, owed_text format, owed_text profile) {
    return at_boundary(self, [&](Box& box) -> Status {
        Batches batches{box.core};
        OWED_TRY(const DecodeReport report,
                 box.faces.codec->decode({view_of(file_name), view_of(bytes), view_of(format), view_of(profile)}, batches));
        OWED_TRY_VOID(batches.flush());
        OWED_TRY(const auto wire, wire::encode_report(report));
        if (!OWED_HAS(box.core.emit, report)) return fail(box.core.missing(OWED_EMIT_1));
        return box.core.status(box.core.emit->report(box.core.host->self, bytes_of(wire)), "emit.report");
    });
}
const owed_codec_1 codec_table{sizeof(owed_codec_1), 0, &codec_sniff, &codec_decode};

// ---- owed.sender/1

owed_status sender_check(void* self) {
    return at_boundary(self, [](Box& box) { return box.faces.sender->check(); });
}
owed_status sender_send(void* self, owed_bytes delivery) {
    return at_boundary(self, [&](Box& box) -> Status {
        OWED_TRY(const Delivery plain, wire::decode_delivery(view_of(delivery), wire::Limits{}));
        OWED_TRY(const SendReceipt receipt, box.faces.sender->send(plain));
        return emit_receipt(box.core, receipt);
    });
}
owed_status sender_lookup(void* self, owed_text key) {
    return at_boundary(self, [&](Box& box) -> Status {
        OWED_TRY(const auto receipt, box.faces.sender->lookup(view_of(key)));
        return receipt ? emit_receipt(box.core, *receipt) : Status{};
    });
}
const owed_sender_1 sender_table{sizeof(owed_sender_1), 0, &sender_check, &sender_send, &sender_lookup};

// ---- owed.sink/1

/// Keeps a batch's records, since a sink is shown them together.
struct Kept : RecordSink {
    Status record(Record record) override {
        records.push_back(std::move(record));
        return {};
    }
    std::vector<Record> records;
};

/// Numbers the results where the author left that to us; else his numbers must each name another record.
Status number(std::vector<WriteResult>& results, std::size_t records) {
    if (results.size() > records)
        return fail(Errc::plugin_bug, "write answered " + std::to_string(results.size()) + " results for " + std::to_string(records) + " records");
    const bool left_to_us = std::all_of(results.begin(), results.end(), [](const auto& result) { return result.index == 0; });
    if (left_to_us && results.size() == records) {
        for (std::size_t i = 0; i < results.size(); ++i) results[i].index = static_cast<std::uint32_t>(i);
        return {};
    }
    std::vector<bool> seen(records);
    for (const auto& result : results) {
        if (result.index >= records || seen[result.index])
            return fail(Errc::plugin_bug, "write answered " + std::to_string(results.size()) + " results for " + std::to_string(records) +
                                              " records, and the number " + std::to_string(result.index) + (result.index >= records ? " fits none" : " twice"));
        seen[result.index] = true;
    }
    return {};
}

owed_status sink_check(void* self) {
    return at_boundary(self, [](Box& box) { return box.faces.sink->check(); });
}
owed_status sink_write(void* self, owed_bytes batch) {
    return at_boundary(self, [&](Box& box) -> Status {
        Kept kept;
        OWED_TRY_VOID(wire::decode_batch(view_of(batch), wire::Limits{}, kept));
        OWED_TRY(auto results, box.faces.sink->write(kept.records));
        OWED_TRY_VOID(number(results, kept.records.size()));
        OWED_TRY(const auto bytes, wire::encode_results(results));
        if (!OWED_HAS(box.core.emit, results)) return fail(box.core.missing(OWED_EMIT_1));
        return box.core.status(box.core.emit->results(box.core.host->self, bytes_of(bytes)), "emit.results");
    });
}
owed_status sink_lookup(void* self, owed_text key) {
    return at_boundary(self, [&](Box& box) -> Status {
        OWED_TRY(const auto receipt, box.faces.sink->lookup(view_of(key)));
        return receipt ? emit_receipt(box.core, *receipt) : Status{};
    });
}
const owed_sink_1 sink_table{sizeof(owed_sink_1), 0, &sink_check, &sink_write, &sink_lookup};

// ---- owed.agency/1

owed_status agency_act(void* self, owed_bytes delivery, Result<SendReceipt> (Agency::*act)(const Delivery&)) {
    return at_boundary(self, [&](Box& box) -> Status {
        OWED_TRY(const Delivery plain, wire::decode_delivery(view_of(delivery), wire::Limits{}));
        OWED_TRY(const SendReceipt receipt, (box.faces.agency->*act)(plain));
        return emit_receipt(box.core, receipt);
    });
}
owed_status agency_check(void* self) {
    return at_boundary(self, [](Box& box) { return box.faces.agency->check(); });
}
owed_status agency_place(void* self, owed_bytes delivery) { return agency_act(self, delivery, &Agency::place); }
owed_status agency_update(void* self, owed_bytes delivery) { return agency_act(self, delivery, &Agency::update); }
owed_status agency_recall(void* self, owed_bytes delivery) { return agency_act(self, delivery, &Agency::recall); }
owed_status agency_lookup(void* self, owed_text key) {
    return at_boundary(self, [&](Box& box) -> Status {
        OWED_TRY(const auto receipt, box.faces.agency->lookup(view_of(key)));
        return receipt ? emit_receipt(box.core, *receipt) : Status{};
    });
}
owed_status agency_fetch(void* self, owed_bytes cursor) {
    return at_boundary(self, [&](Box& box) -> Status {
        HostReader reader{box.core};
        OWED_TRY_VOID(box.faces.agency->fetch(view_of(cursor), reader));
        return reader.finish();
    });
}
const owed_agency_1 agency_table{sizeof(owed_agency_1), 0,              &agency_check,  &agency_place,
                                 &agency_update,        &agency_recall, &agency_lookup, &agency_fetch};

// ---- owed.decider/1

owed_status decider_propose(void* self, owed_bytes question) {
    return at_boundary(self, [&](Box& box) -> Status {
        OWED_TRY(const auto plain, wire::decode_question(view_of(question), wire::Limits{}));
        OWED_TRY(const auto answer, box.faces.decider->propose(plain));
        OWED_TRY(const auto bytes, wire::encode_answer(answer));
        if (!OWED_HAS(box.core.emit, answer)) return fail(box.core.missing(OWED_EMIT_1));
        return box.core.status(box.core.emit->answer(box.core.host->self, bytes_of(bytes)), "emit.answer");
    });
}
const owed_decider_1 decider_table{sizeof(owed_decider_1), 0, &decider_propose};

// ---- the instance

const void* extension(void* self, owed_text id) {
    const Box& box = box_of(self);
    const auto name = view_of(id);
    if (name == OWED_SOURCE_1 && box.faces.source != nullptr) return &source_table;
    if (name == OWED_CODEC_1 && box.faces.codec != nullptr) return &codec_table;
    if (name == OWED_SENDER_1 && box.faces.sender != nullptr) return &sender_table;
    if (name == OWED_SINK_1 && box.faces.sink != nullptr) return &sink_table;
    if (name == OWED_AGENCY_1 && box.faces.agency != nullptr) return &agency_table;
    if (name == OWED_DECIDER_1 && box.faces.decider != nullptr) return &decider_table;
    return nullptr;
}
void destroy(void* self) { delete static_cast<Box*>(self); }

template <class Table>
const Table* service(const owed_host* host, const char* id) {
    return static_cast<const Table*>(host->service(host->self, text_of(id)));
}

}  // namespace

owed_status create_instance(const owed_host* host, owed_text name, owed_text settings, owed_instance* out,
                            Make make) noexcept {
    Box* box = nullptr;
    try {
        box = new Box;
        auto& core = box->core;
        core.host = host;
        core.fail = service<owed_fail_1>(host, OWED_FAIL_1);
        core.name = view_of(name);
        core.log = service<owed_log_1>(host, OWED_LOG_1);
        core.clock = service<owed_clock_1>(host, OWED_CLOCK_1);
        core.random = service<owed_random_1>(host, OWED_RANDOM_1);
        core.state = service<owed_state_1>(host, OWED_STATE_1);
        core.files = service<owed_files_1>(host, OWED_FILES_1);
        core.emit = service<owed_emit_1>(host, OWED_EMIT_1);
        core.transfer = service<owed_transfer_1>(host, OWED_TRANSFER_1);
        core.secrets = service<owed_secrets_1>(host, OWED_SECRETS_1);
        core.metrics = service<owed_metrics_1>(host, OWED_METRICS_1);
        core.progress = service<owed_progress_1>(host, OWED_PROGRESS_1);
        auto made = make(Host{core}, view_of(settings));
        if (!made) {
            const owed_status status = core.raise(made.error());
            delete box;
            return status;
        }
        box->faces = std::move(*made);
    } catch (const std::exception& e) {
        const owed_status status = box != nullptr ? box->core.raise_bug(e.what()) : OWED_BUG;
        delete box;
        return status;
    } catch (...) {
        const owed_status status = box != nullptr ? box->core.raise_bug("an exception that is no std::exception") : OWED_BUG;
        delete box;
        return status;
    }
    out->self = box;
    out->extension = &extension;
    out->destroy = &destroy;
    return OWED_OK;
}

}  // namespace owed::plugin::detail
