#include "conformance/detail/acts.hpp"

#include "owed/record_wire.hpp"

namespace owed::conformance {
namespace {

std::string alone(const Record& record) {
    wire::BatchBuilder builder;
    if (!builder.add(record)) return "a record that cannot be written";
    return builder.finish();
}

struct Collect : RecordSink {
    Status record(Record record) override {
        ids.push_back(record.external_id);
        records.push_back(alone(record));
        return {};
    }
    std::vector<std::string> ids, records;
};

/// Length first, so that no two lists look alike.
void put(std::string& out, std::string_view piece) { out += std::to_string(piece.size()) + ":" + std::string{piece} + ";"; }

}  // namespace

// ---- reads

Result<ArtifactFate> KeptRead::artifact(const ArrivedArtifact& artifact) {
    if (on_artifact) {
        OWED_TRY(const auto fate, on_artifact(artifact));
        if (fate != ArtifactFate::leave) artifacts.push_back(artifact.name + '\0' + artifact.bytes);
        return fate;
    }
    artifacts.push_back(artifact.name + '\0' + artifact.bytes);
    return ArtifactFate::taken;
}
Status KeptRead::records(std::string_view batch) {
    Collect collect;
    OWED_TRY_VOID(wire::decode_batch(batch, {}, collect));
    pending.insert(pending.end(), collect.records.begin(), collect.records.end());
    external_ids.insert(external_ids.end(), collect.ids.begin(), collect.ids.end());
    return {};
}
Status KeptRead::commit(std::string_view cursor, const std::map<std::string, std::string>& changes) {
    if (refuse_commit) {
        ++refused_commits;
        return fail(*refuse_commit);
    }
    commits.push_back({std::string{cursor}, std::move(pending), changes});
    pending.clear();
    for (const auto& [key, value] : changes) {
        if (value.empty()) state.erase(key);
        else state[key] = value;
    }
    return {};
}

std::string KeptRead::transcript() const {
    std::string out;
    for (const auto& artifact : artifacts) put(out, artifact);
    for (const auto& one : commits) {
        put(out, one.cursor);
        for (const auto& record : one.records) put(out, record);
        for (const auto& [key, value] : one.changes) put(out, key + "=" + value);
    }
    for (const auto& record : pending) put(out, "pending " + record);
    return out;
}
std::map<std::string, int> KeptRead::content() const {
    std::map<std::string, int> all;
    for (const auto& artifact : artifacts) all["artifact " + artifact] = 1;
    for (const auto& one : commits)
        for (const auto& record : one.records) all["record " + record] = 1;
    return all;
}

Status read_from(Bench& bench, const std::string& cursor, KeptRead& target) {
    ReadRequest request;
    request.cursor = cursor;
    request.state = target.state;
    return bench.plugin().read(request, target);
}

Status KeptRecords::record(Record record) {
    all.push_back(alone(record));
    return {};
}

// ---- answers

Told told_of(const Status& status) {
    Told told;
    told.ok = status.has_value();
    if (!status) {
        told.code = status.error().code;
        told.text = to_text(status.error());
    }
    return told;
}

std::string text_of(const SendReceipt& receipt) {
    return std::string{name_of(receipt.state)} + " \"" + receipt.provider_id + "\" " + receipt.detail;
}

Told told_of(const Result<SendReceipt>& receipt) {
    Told told;
    if (!receipt) {
        told.code = receipt.error().code;
        told.text = to_text(receipt.error());
        return told;
    }
    told.ok = receipt->state == SendState::sent;
    told.text = told.transcript = text_of(*receipt);
    switch (receipt->state) {
        case SendState::sent: break;
        case SendState::refused: told.code = Errc::permanent; break;
        case SendState::retry: told.code = receipt->retry_after_ms != 0 ? Errc::rate_limited : Errc::transient; break;
        case SendState::unknown: told.code = Errc::unknown_outcome; break;
    }
    return told;
}

namespace {

Told run_send(Bench& bench, const std::string& action) {
    auto told = told_of(bench.plugin().send(bench.subject.delivery(plain_key, action)));
    for (const auto& [name, bytes] : bench.files()) put(told.transcript, name + '\0' + bytes);
    for (const auto& [name, body] : bench.server.effects()) put(told.transcript, name + '\0' + body);
    return told;
}

Told run_decode(Bench& bench, const InputFile& sample) {
    KeptRecords records;
    const auto report = bench.plugin().decode(sample.name, sample.bytes, {}, {}, records);
    Told told;
    told.ok = report.has_value();
    if (!report) {
        told.code = report.error().code;
        told.text = to_text(report.error());
        return told;
    }
    for (const auto& record : records.all) put(told.transcript, record);
    if (const auto bytes = wire::encode_report(*report)) put(told.transcript, *bytes);
    told.text = std::to_string(records.all.size()) + " records";
    return told;
}

Told run_write(Bench& bench) {
    const auto results = bench.plugin().write(records_for_sinks(bench.subject));
    Told told;
    if (!results) {
        told.code = results.error().code;
        told.text = to_text(results.error());
        return told;
    }
    told.ok = true;
    for (const auto& result : *results) {
        put(told.transcript, std::string{name_of(result.state)} + " " + result.remote_id + " " + result.detail);
        if (result.state == SendState::sent) continue;
        told.ok = false;
        told.code = result.state == SendState::unknown ? Errc::unknown_outcome : result.state == SendState::refused ? Errc::permanent : Errc::transient;
        told.text = "record " + std::to_string(result.index) + " is " + std::string{name_of(result.state)} + ": " + result.detail;
    }
    for (const auto& [name, body] : bench.server.effects()) put(told.transcript, name + '\0' + body);
    return told;
}

Told run_propose(Bench& bench) {
    const auto answer = bench.plugin().propose(question_of(5));
    Told told;
    told.ok = answer.has_value();
    if (!answer) {
        told.code = answer.error().code;
        told.text = to_text(answer.error());
        return told;
    }
    told.transcript = bytes_of_answer(*answer);
    told.text = std::to_string(answer->proposals.size()) + " proposals";
    return told;
}

}  // namespace

std::vector<Act> acts_of(const Subject& subject) {
    std::vector<Act> acts;
    if (subject.reads())
        acts.push_back({"read", [](Bench& bench) {
                            KeptRead target;
                            auto told = told_of(read_from(bench, {}, target));
                            told.transcript = target.transcript();
                            told.read = std::move(target);
                            return told;
                        }});
    if (subject.is("codec") && !subject.samples.empty()) {
        const auto& sample = subject.samples.front();
        acts.push_back({"decode " + sample.name, [&sample](Bench& bench) { return run_decode(bench, sample); }});
    }
    if (subject.is("sender")) acts.push_back({"send", [](Bench& bench) { return run_send(bench, {}); }, true});
    if (subject.is("sink")) acts.push_back({"write", &run_write, true});
    if (subject.is("agency"))
        for (const char* action : {"place", "update", "recall"}) acts.push_back({action, [action](Bench& bench) { return run_send(bench, action); }, true});
    if (subject.is("decider")) acts.push_back({"propose", &run_propose});
    if (subject.reads() || subject.is("sender") || subject.is("sink"))
        acts.push_back({"check", [](Bench& bench) { return told_of(bench.plugin().check()); }});
    return acts;
}

namespace {

constexpr std::int32_t today = 20543;   // 2026-03-31

Record status_record(int i) {
    AccountStatus status;
    status.customer = "1000" + std::to_string(i);
    status.entity = "example";
    status.name = "Muster " + std::to_string(i) + " KG";
    status.as_of = Date::from_days(today);
    status.balance = Amount{10'000 * i, 2, "EUR"};
    status.overdue = Amount{5'000, 2, "EUR"};
    status.oldest_days = 12;
    status.dunning_level = 1;
    return {status, "account/1000" + std::to_string(i), ""};
}

Record hold_record() {
    OrderHold hold;
    hold.order = "SO-1";
    hold.entity = "example";
    hold.customer = "10001";
    hold.hold = true;
    hold.reason = "INV-1 is 90 days overdue";
    hold.as_of = Date::from_days(today);
    return {hold, "order/SO-1", ""};
}

Record application_record(int i) {
    ReceiptApplication told;
    told.entity = "example";
    told.customer = "1000" + std::to_string(i);
    told.receipt = "R-" + std::to_string(i);
    told.credit_kind = "receipt";
    told.reference = "BANK" + std::to_string(i);
    told.payer = "Muster " + std::to_string(i) + " KG";
    told.value_date = told.posting_date = Date::from_days(today);
    told.amount = Amount{10'000 * i, 2, "EUR"};
    told.bank_account = "DE89370400440532013000";
    told.bank_gl = "1000";
    told.documents = {{"invoice", "INV-" + std::to_string(i), {}, Amount{10'000 * i, 2, "EUR"}, Amount{10'000 * i, 2, "EUR"}, Amount{200, 2, "EUR"},
                       {{"bank_charge", Amount{100, 2, "EUR"}}}}};
    told.reason = "the document's number is in the text";
    return {std::move(told), "A" + std::to_string(i) + "-00ff", ""};
}

}  // namespace

std::vector<Record> records_for_sinks(const Subject& subject) {
    const auto takes = [&](std::string_view kind) { return subject.manifest && subject.manifest->takes_kind(kind); };
    std::vector<Record> records;
    for (int i = 1; i <= 3 && takes("account_status"); ++i) records.push_back(status_record(i));
    if (takes("order_hold")) records.push_back(hold_record());
    for (int i = 1; i <= 3 && takes("receipt_application"); ++i) records.push_back(application_record(i));
    return records;
}

MatchQuestion question_of(std::size_t items) {
    MatchQuestion question;
    question.as_of = Date::from_days(20543);
    question.receipt.receipt = "R-1";
    question.receipt.entity = "example";
    question.receipt.value_date = Date::from_days(20543);
    question.receipt.amount = Amount{10'000, 2, "EUR"};
    question.receipt.payer = {"Muster Holz KG", "DE02120300000000202051", "BYLADEM1001"};
    question.receipt.customer = "10001";
    question.receipt.text = {"INV-1 INV-2", "thank you"};
    question.receipt.references = {{"document", "INV-1", {}, {}, {}, {}, ""}};
    for (std::size_t i = 1; i <= items; ++i) {
        OpenItem item;
        item.item = "item-" + std::to_string(i);
        item.document = "INV-" + std::to_string(i);
        item.customer = "10001";
        item.customer_name = "Muster Holz KG";
        item.kind = i % 5 == 4 ? "credit_memo" : "invoice";
        item.document_date = Date::from_days(20485);
        item.due_date = Date::from_days(20515);
        item.original = item.residual = Amount{(item.kind == "invoice" ? 1 : -1) * static_cast<std::int64_t>(i == 1 ? 10'000 : 2'000 + i), 2, "EUR"};
        question.items.push_back(std::move(item));
    }
    return question;
}

std::string bytes_of_answer(const MatchAnswer& answer) {
    const auto bytes = wire::encode_answer(answer);
    return bytes ? *bytes : to_text(bytes.error());
}

std::string nothing_to_ask(const Subject& subject) {
    if (auto why = subject.cannot_run(); !why.empty()) return why;
    return acts_of(subject).empty() ? "there is nothing that it could be asked to do; a codec needs a sample" : "";
}

std::string unusable(Bench& bench) {
    const auto broken = bench.broken();
    return broken.empty() ? std::string{} : "the instance cannot be used: " + broken;
}

}  // namespace owed::conformance
