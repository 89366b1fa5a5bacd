// The host's services, seen from the child: each is a request to the daemon over the socket, answered before it returns.
#pragma once

#include <deque>

#include "host/detail/frame_socket.hpp"

namespace owed::host {

class FrameDoor : public ServiceDoor {
  public:
    /// `on_cancel` runs when the daemon asks the running call to end.
    FrameDoor(FrameSocket& socket, std::function<void()> on_cancel) : socket_{socket}, on_cancel_{std::move(on_cancel)} {}
    /// The daemon has read all of a call that is over before it makes the next.
    void begin(std::uint32_t call) {
        call_ = call;
        records_fault_ = {};
        socket_.all_was_read();
    }
    /// What was sent ahead has been answered: before the call's outcome, so that no fault of a batch is lost.
    Status settle();

    void log(std::int32_t level, std::string_view text) override;
    Result<Instant> now() override;
    std::uint64_t remaining_ms() override;
    bool cancelled() override;
    Result<std::string> random(std::string_view purpose, std::uint64_t length) override;
    Result<std::string> state_get(std::string_view key) override;
    Status state_put(std::string_view key, std::string_view value) override;
    Status state_remove(std::string_view key) override;
    Result<std::vector<FolderFile>> files_list(std::string_view folder, std::string_view glob) override;
    Result<std::string> files_read(std::string_view folder, std::string_view name, std::uint64_t offset,
                                   std::uint64_t length) override;
    Status files_write_new(std::string_view folder, std::string_view name, std::string_view bytes) override;
    Status files_exists(std::string_view folder, std::string_view name) override;
    Result<ArtifactFate> artifact(const ArtifactOffer& offer) override;
    /// Sent ahead, up to record_credits batches and record_bytes_ahead in them; a fault of one is told by a later records, commit or report.
    Status records(std::string_view batch) override;
    Status commit(std::string_view cursor) override;
    Status report(std::string_view report) override;
    Status receipt(std::string_view receipt) override { return ask(Op::receipt, receipt); }
    Status results(std::string_view results) override { return ask(Op::results, results); }
    Status answer(std::string_view answer) override { return ask(Op::answer, answer); }
    Status sniffed(std::int32_t score, std::string_view format) override;
    Status wait(std::uint64_t millis) override;
    Status secret_has(std::string_view name) override;
    void metric(std::string_view name, std::int64_t value, bool is_gauge) override;
    void progress(std::uint64_t done, std::uint64_t total, std::string_view words) override;
    void trace(std::string_view name) override;
    Result<TransferReply> transfer(const TransferRequest& request) override;

  private:
    Result<std::string> value(Op op, std::string_view payload);
    Status ask(Op op, std::string_view payload);
    FrameSocket& socket_;
    std::function<void()> on_cancel_;
    Frame reply_to(Op op);
    void take_records_reply();
    void tell(Op op, std::string_view payload);

    std::uint32_t call_ = 0;
    std::deque<std::size_t> ahead_;   ///< lengths of the batches whose replies were not read
    std::uint64_t bytes_ahead_ = 0;   ///< their sum
    Status records_fault_;
};

}  // namespace owed::host
