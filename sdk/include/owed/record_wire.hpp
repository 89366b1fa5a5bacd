// Records between plain structs (record.hpp, hosts.hpp) and their wire form (schema/records.fbs, FlatBuffers).
// Decoding trusts nothing: the FlatBuffers verifier first, then our own limits, UTF-8 without NUL, enum ranges, dates of
// 1900 to 2999, amounts within money_units_max. Foreign bytes are read field by field and never unpacked: by shared
// offsets a verified 180 KB buffer unpacks to 2 GB, so what is copied out counts against a budget.
// All functions: any thread. Errors of decoding: malformed_input with a field path in `where`
// ("records[3].BankStatement.entries[0].amount"), input_too_large.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "owed/decision.hpp"
#include "owed/hosts.hpp"
#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::wire {

struct Limits {
    std::uint64_t bytes_max = 48u << 20;     ///< of one buffer; a frame between daemon and child holds 64 MiB
    std::uint32_t records_max = 4096;        ///< of one batch
    std::uint64_t copied_bytes_max = 512u << 20;  ///< ceiling of the budget for what one buffer makes in memory
    std::uint32_t copied_per_byte = 48;      ///< the budget: 1 MiB + this much for each byte of the buffer
    std::uint32_t depth_max = 4;             ///< details within details
};

/// Collects records into a RecordBatch. One thread.
class BatchBuilder {
  public:
    BatchBuilder();
    ~BatchBuilder();
    BatchBuilder(BatchBuilder&&) noexcept;
    BatchBuilder& operator=(BatchBuilder&&) noexcept;

    /// Errors: unknown_currency when an amount's currency is neither empty nor three upper-case letters, which is all that
    /// the wire form can say; invalid_argument for text that is not UTF-8. Nothing was added then.
    Status add(const Record& record);
    std::size_t records() const;
    std::size_t bytes() const;   ///< so far, about
    /// The batch; the builder is empty again.
    std::string finish();

  private:
    struct Work;
    std::unique_ptr<Work> work_;
};

/// Checks a batch and puts its records into `sink` one by one, in order. An error of the sink ends it and is passed on.
Status decode_batch(std::string_view bytes, const Limits& limits, RecordSink& sink);

Result<std::string> encode_report(const DecodeReport& report);
Result<DecodeReport> decode_report(std::string_view bytes, const Limits& limits);

Result<std::string> encode_delivery(const Delivery& delivery);
Result<Delivery> decode_delivery(std::string_view bytes, const Limits& limits);

Result<std::string> encode_receipt(const SendReceipt& receipt);
Result<SendReceipt> decode_receipt(std::string_view bytes, const Limits& limits);

Result<std::string> encode_results(const std::vector<WriteResult>& results);
Result<std::vector<WriteResult>> decode_results(std::string_view bytes, const Limits& limits);

Result<std::string> encode_question(const MatchQuestion& question);
Result<MatchQuestion> decode_question(std::string_view bytes, const Limits& limits);

Result<std::string> encode_answer(const MatchAnswer& answer);
Result<MatchAnswer> decode_answer(std::string_view bytes, const Limits& limits);

/// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF. And no NUL.
bool is_text(std::string_view bytes) noexcept;

}  // namespace owed::wire
