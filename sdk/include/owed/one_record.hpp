// A record on its own in its wire form: how the store keeps what waits to be written to another system.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "owed/record_wire.hpp"

namespace owed::wire {

/// A RecordBatch of this record alone. Errors: BatchBuilder::add's. Any thread.
inline Result<std::string> encode_one(const Record& record) {
    BatchBuilder batch;
    if (auto added = batch.add(record); !added) return fail(std::move(added).error());
    return batch.finish();
}

/// The record of a RecordBatch that holds one. Errors: decode_batch's; malformed_input when it holds none or several. Any thread.
inline Result<Record> decode_one(std::string_view batch) {
    struct All : RecordSink {
        Status record(Record record) override {
            records.push_back(std::move(record));
            return {};
        }
        std::vector<Record> records;
    } all;
    if (auto decoded = decode_batch(batch, {}, all); !decoded) return fail(std::move(decoded).error());
    if (all.records.size() != 1) return fail(Errc::malformed_input, std::to_string(all.records.size()) + " records, where one belongs");
    return std::move(all.records.front());
}

}  // namespace owed::wire
