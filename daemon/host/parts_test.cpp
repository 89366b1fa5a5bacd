// The host's smaller parts by themselves: folders, transfers, supervision, messages.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

#include "host/child/frame_door.hpp"
#include "host/detail/folders.hpp"
#include "host/detail/frame_socket.hpp"
#include "host/detail/limit_words.hpp"
#include "host/detail/payload_ring.hpp"
#include "host/detail/supervision.hpp"
#include "host/test_doors.hpp"

namespace owed::host {
namespace {

TEST(LimitWords, memory_is_named_only_where_it_was_the_matter_at_the_end) {
    if (test::sanitized_build) GTEST_SKIP() << "such a build sets no limit";
    InstanceLimits limits;
    limits.memory_mib = 300;
    for (const char* said : {"std::bad_alloc", "Traceback ...\nMemoryError\n", "mmap: Cannot allocate memory"})
        EXPECT_EQ(out_of_memory(said, limits), "ran out of memory; its limit is 300 MiB (limits: memory_mib)") << said;
    for (const auto& said : {std::string{}, std::string{"no such customer"}, "std::bad_alloc" + std::string(600, '.')}) EXPECT_EQ(out_of_memory(said, limits), "") << said;
}

TEST(LimitWords, a_deadline_is_named_by_its_key) {
    InstanceLimits limits;
    EXPECT_EQ(deadline_advice(limits), "see the plugin's log; raise limits: call_deadline_seconds, which is 60, if the work is rightly that long");
}

using namespace test;
using testing::HasSubstr;

// ---- folders

class DropFolder : public testing::Test {
  protected:
    Instant file_time(const std::string& name) const {
        struct stat status {};
        EXPECT_EQ(::stat(folder.path(name).c_str(), &status), 0);
        return {std::int64_t{status.st_mtim.tv_sec} * 1'000'000 + status.st_mtim.tv_nsec / 1000};
    }
    std::map<std::string, bool> listed(const std::string& glob = "*") {
        std::map<std::string, bool> ready;
        const auto files = folders.list("in", glob);
        EXPECT_TRUE(files);
        for (const auto& file : *files) ready[file.name] = file.ready;
        return ready;
    }
    TempFolder folder;
    Instant now = an_hour_later();
    Folders folders{{{"in", {folder.path(), false}}, {"out", {folder.path("out"), true}}}, [this] { return now; }, 1000};
};

TEST_F(DropFolder, a_file_is_ready_when_old_or_still_or_marked) {
    folder.put("a.csv", "1");
    now = file_time("a.csv").plus_seconds(5);
    EXPECT_TRUE(listed().at("a.csv"));
    now = file_time("a.csv").plus_seconds(1);
    EXPECT_FALSE(listed().at("a.csv"));  // young, first look
    EXPECT_FALSE(listed().at("a.csv"));  // a second look in the same breath says nothing
    now = now.plus_seconds(1);
    EXPECT_TRUE(listed().at("a.csv"));   // its length stood still
    folder.put("a.csv", "12");
    now = file_time("a.csv").plus_seconds(1);
    EXPECT_FALSE(listed().at("a.csv"));  // it grew
    folder.put("b.csv", "1");
    folder.put("b.csv.done", "");
    now = file_time("b.csv");
    const auto files = listed();
    EXPECT_TRUE(files.at("b.csv"));
    EXPECT_FALSE(files.contains("b.csv.done"));
    now = file_time("a.csv").plus_seconds(-3600);  // a clock behind the file's
    EXPECT_FALSE(listed().at("a.csv"));
}

TEST_F(DropFolder, only_plain_files_with_one_name_are_seen) {
    folder.put("plain.csv", "x");
    folder.put("twice.csv", "x");
    std::filesystem::create_hard_link(folder.path("twice.csv"), folder.path("thrice.csv"));
    std::filesystem::create_symlink("/etc/passwd", folder.path("link.csv"));
    std::filesystem::create_directory(folder.path("folder.csv"));
    ASSERT_EQ(::mkfifo(folder.path("fifo.csv").c_str(), 0600), 0);
    folder.put(".hidden.csv", "x");
    folder.put("new\nline.csv", "x");
    folder.put("latin-\xe9.csv", "x");
    EXPECT_THAT(listed("*.csv"), testing::ElementsAre(testing::Pair("plain.csv", true)));
    for (const char* name : {"link.csv", "twice.csv", "fifo.csv", "folder.csv"}) {
        EXPECT_EQ(folders.take("in", name).error().code, Errc::data) << name;
        EXPECT_EQ(folders.read("in", name, 0, 10).error().code, Errc::data) << name;
    }
    for (const char* name : {"../x", "a/b", ".hidden.csv", "", "a\nb"})
        EXPECT_EQ(folders.take("in", name).error().code, Errc::plugin_bug) << name;
    EXPECT_EQ(folders.take("in", "none.csv").error().code, Errc::not_found);
}

TEST_F(DropFolder, grants_rights_and_sizes_are_kept) {
    EXPECT_EQ(folders.list("other", "*").error().code, Errc::invalid_config);
    EXPECT_EQ(folders.list("out", "*").error().code, Errc::invalid_config);  // is not there yet
    EXPECT_EQ(folders.write_new("in", "x", "y").error().code, Errc::invalid_config);
    folder.put("big.csv", std::string(1001, 'x'));
    EXPECT_EQ(folders.take("in", "big.csv").error().code, Errc::input_too_large);
    std::filesystem::create_directory(folder.path("out"));
    EXPECT_EQ(folders.write_new("out", "x", std::string(1001, 'x')).error().code, Errc::input_too_large);
    EXPECT_TRUE(folders.write_new("out", "x", "y"));
    EXPECT_TRUE(folders.write_new("out", "x", "y"));
    EXPECT_EQ(folders.write_new("out", "x", "z").error().code, Errc::already_exists);
    EXPECT_TRUE(folders.exists("out", "x"));
    EXPECT_EQ(folders.exists("out", "y").error().code, Errc::not_found);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path("out")}, {}), 1);  // no leftovers
}

/// Files that a killed writer left in `path`; those with a name must be whole.
std::size_t hidden_files(const std::string& path, std::uintmax_t length) {
    std::size_t hidden = 0;
    for (const auto& entry : std::filesystem::directory_iterator{path}) {
        if (entry.path().filename().string().front() == '.') ++hidden;
        else EXPECT_EQ(entry.file_size(), length) << entry.path();
    }
    return hidden;
}

TEST_F(DropFolder, a_killed_writer_leaves_whole_files_and_nothing_else) {
    constexpr std::size_t length = 4'000'000;
    std::filesystem::create_directory(folder.path("out"));
    Folders writing{{{"out", {folder.path("out"), true}}}, [this] { return now; }, length};
    const std::string bytes(length, 'x');
    for (int run = 0; run < 10; ++run) {
        const auto first = "first-" + std::to_string(run);
        const pid_t writer = ::fork();
        if (writer == 0) {
            if (!writing.write_new("out", first, bytes)) ::_exit(1);
            for (int n = 0;; ++n)
                if (!writing.write_new("out", "next-" + std::to_string(run) + "-" + std::to_string(n), bytes)) ::_exit(1);
        }
        ASSERT_GT(writer, 0);
        int status = 0;
        pid_t ended = 0;
        while (!folder.has("out/" + first) && ended == 0) {
            ended = ::waitpid(writer, &status, WNOHANG);
            std::this_thread::yield();
        }
        ASSERT_EQ(ended, 0) << "the writer failed";
        ::kill(writer, SIGKILL);
        ASSERT_EQ(::waitpid(writer, &status, 0), writer);
        ASSERT_TRUE(WIFSIGNALED(status));
        EXPECT_EQ(hidden_files(folder.path("out"), length), 0U);
    }
}

/// From here on the kernel answers every O_TMPFILE of this process as NFS does.
bool without_nameless_files() {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, O_TMPFILE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_TMPFILE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{std::size(code), code};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(DropFolder, a_file_system_without_nameless_files_is_written_by_a_hidden_name) {
    std::filesystem::create_directory(folder.path("out"));
    const pid_t writer = ::fork();
    if (writer == 0) {
        if (!without_nameless_files()) ::_exit(2);
        if (::open(folder.path("out").c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600) >= 0 || errno != EOPNOTSUPP) ::_exit(3);
        if (!folders.write_new("out", "x", "y") || !folders.write_new("out", "x", "y")) ::_exit(4);
        const auto other = folders.write_new("out", "x", "z");
        ::_exit(other || other.error().code != Errc::already_exists ? 5 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(writer, &status, 0), writer);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_EQ(folder.get("out/x"), "y");
    EXPECT_EQ(hidden_files(folder.path("out"), 1), 0U);
}

TEST_F(DropFolder, moving_never_replaces_and_never_takes_another_file) {
    folder.put("archive/a.csv", "old");
    folder.put("archive/a.csv.1", "older");
    folder.put("a.csv", "new");
    folder.put("a.csv.done", "");
    const auto taken = folders.take("in", "a.csv");
    ASSERT_TRUE(taken);
    EXPECT_EQ(*folders.move("in", "a.csv", *taken, "archive", ""), "a.csv.2");
    EXPECT_EQ(folder.get("archive/a.csv"), "old");
    EXPECT_EQ(folder.get("archive/a.csv.2"), "new");
    EXPECT_FALSE(folder.has("a.csv") || folder.has("a.csv.done") || folder.has("archive/a.csv.2.reason"));

    folder.put("b.csv", "first");
    const auto first = folders.take("in", "b.csv");
    std::filesystem::rename(folder.path("b.csv"), folder.path("b.old"));
    folder.put("b.csv", "second");
    EXPECT_EQ(folders.move("in", "b.csv", *first, "rejected", "why").error().code, Errc::data);
    EXPECT_EQ(folder.get("b.csv"), "second");
}

// ---- supervision

TEST(Supervision, backs_off_from_one_second_to_five_minutes) {
    Supervision supervision;
    std::int64_t second = 0;
    for (const std::int64_t wait : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300}) {
        supervision.died(Instant{}.plus_seconds(second), "x", 0);
        EXPECT_EQ(supervision.wait_s(Instant{}.plus_seconds(second)), wait);
        EXPECT_EQ(supervision.wait_s(Instant{}.plus_seconds(second + wait - 1)), 1);
        EXPECT_EQ(supervision.wait_s(Instant{}.plus_seconds(second + wait)), 0);
        second += 1000;  // far enough apart for no quarantine
    }
    EXPECT_FALSE(supervision.quarantined());
    Supervision other;
    other.died(Instant{10'000'000}, "x", 0);
    EXPECT_EQ(other.wait_s(Instant{0}), 1);  // a clock that went back
    other.died(Instant{10'500'000}, "x", 0);
    EXPECT_EQ(other.wait_s(Instant{11'600'000}), 1);  // 0.9 s, rounded up
    other.worked();
    other.died(Instant{20'000'000}, "x", 0);
    EXPECT_EQ(other.wait_s(Instant{20'000'000}), 1);  // the first in a row again
}

TEST(Supervision, jitter_takes_up_to_a_quarter_and_never_adds) {
    for (const std::uint64_t dice : {0ull, 1ull, 123'456'789ull, ~0ull}) {
        Supervision supervision;
        for (int i = 0; i < 3; ++i) supervision.died(Instant{0}, "x", dice);  // 4 s by now
        EXPECT_GT(supervision.wait_s(Instant{2'999'999}), 0) << dice;
        EXPECT_EQ(supervision.wait_s(Instant{4'000'000}), 0) << dice;
        EXPECT_TRUE(supervision.down());
        supervision.worked();
        EXPECT_FALSE(supervision.down());
    }
}

TEST(Supervision, five_deaths_in_ten_minutes_quarantine) {
    Supervision slow, fast;
    for (int i = 0; i < 20; ++i) slow.died(Instant{i * 151'000'000LL}, "x", 0);
    EXPECT_FALSE(slow.quarantined());
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(fast.quarantined());
        fast.died(Instant{i * 150'000'000LL}, "x", 0);
        fast.worked();
    }
    EXPECT_TRUE(fast.quarantined());
    fast.release();
    EXPECT_FALSE(fast.quarantined());
    EXPECT_EQ(fast.wait_s(Instant{600'000'000}), 0);
    EXPECT_EQ(fast.deaths(), 5u);
}

// ---- frames

struct Pair {
    Pair() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        left = std::make_unique<FrameSocket>(Fd{ends[0]}, frame_payload_max, [](short) -> Status { return {}; });
        right = std::make_unique<FrameSocket>(Fd{ends[1]}, 1u << 20, [](short) -> Status { return {}; });
    }
    std::unique_ptr<FrameSocket> left, right;
};

TEST(Frames, small_ones_go_by_stream_and_large_ones_by_memfd) {
    Pair pair;
    for (const std::size_t size : {0u, 1u, 1000u, 100'000u, 1u << 20}) {
        const std::string payload(size, 'p');
        ASSERT_TRUE(pair.left->send(Op::records, frame_reply, 42, payload));
        const auto frame = pair.right->receive();
        ASSERT_TRUE(frame) << to_text(frame.error());
        EXPECT_EQ(frame->op, Op::records);
        EXPECT_EQ(frame->call, 42u);
        EXPECT_EQ(frame->payload, payload);
    }
    ASSERT_TRUE(pair.left->send(Op::records, 0, 1, std::string((1u << 20) + 1, 'p')));
    EXPECT_EQ(pair.right->receive().error().code, Errc::plugin_bug);  // over its limit
    pair.left.reset();
}

/// A child's end with its one memfd, and the daemon's, which reads when the test says so.
struct ChildPair : Pair {
    ChildPair() {
        right = std::make_unique<FrameSocket>(Fd{right_fd()}, frame_payload_max, [](short) -> Status { return {}; });
        left->send_through(Fd{::memfd_create("test", MFD_CLOEXEC)});
        door.begin(call);
    }
    int right_fd() const { return ::fcntl(right->fd(), F_DUPFD_CLOEXEC, 0); }
    /// The daemon takes a request and answers it.
    std::string taken() {
        auto frame = right->receive();
        EXPECT_TRUE(frame) << to_text(frame.error());
        if (!frame) return {};
        EXPECT_TRUE(right->send(frame->op, frame_reply, call, {}));
        return std::move(frame->payload);
    }
    static constexpr std::uint32_t call = 7;
    FrameDoor door{*left, [] {}};
};

TEST(Frames, large_batches_that_were_sent_ahead_stay_what_they_were) {
    ChildPair pair;
    std::vector<std::string> sent;
    for (std::size_t i = 0; i < record_credits; ++i) {
        sent.emplace_back((1u << 20) - i * 1000, static_cast<char>('a' + i));
        ASSERT_TRUE(pair.door.records(sent.back()));
    }
    for (const auto& batch : sent) EXPECT_TRUE(pair.taken() == batch) << "a batch that begins with " << batch.substr(0, 3);
}

TEST(Frames, a_large_request_behind_batches_leaves_them_alone) {
    ChildPair pair;
    const std::string batch(1u << 20, 'b'), file(300'000, 'f');
    ASSERT_TRUE(pair.door.records(batch));
    std::vector<std::string> taken;
    std::thread daemon{[&] {
        for (int i = 0; i < 2; ++i) taken.push_back(pair.taken());
    }};
    EXPECT_TRUE(pair.door.files_write_new("out", "name", file));
    daemon.join();
    EXPECT_TRUE(taken[0] == batch);
    EXPECT_TRUE(taken[1].ends_with(file));
}

TEST(Frames, large_batches_come_in_order_however_the_two_sides_take_turns) {
    const auto seed = static_cast<std::uint64_t>(std::random_device{}());
    std::cout << "seed " << seed << '\n';
    ChildPair pair;
    constexpr int batches = 120;
    const auto batch = [seed](int number) {
        std::mt19937_64 dice{seed + static_cast<std::uint64_t>(number)};
        const std::size_t large = dice() % 40 == 0 ? 20u << 20 : 5u << 20;
        return std::string(1 + dice() % (dice() % 3 == 0 ? 1000 : large), static_cast<char>('a' + number % 26));
    };
    int wrong = 0;
    std::thread daemon{[&] {
        for (int i = 0; i < batches; ++i) wrong += pair.taken() == batch(i) ? 0 : 1;
    }};
    for (int i = 0; i < batches; ++i) EXPECT_TRUE(pair.door.records(batch(i)));
    EXPECT_TRUE(pair.door.settle());
    daemon.join();
    EXPECT_EQ(wrong, 0);
}

TEST(PayloadRing, gives_no_place_twice_and_waits_for_what_is_unread) {
    PayloadRing ring{100};
    const auto place = [&ring](std::uint64_t length) {
        const auto begin = ring.room_for(length);
        if (begin) ring.take(*begin, length);
        return begin;
    };
    EXPECT_EQ(place(40), 0u);
    EXPECT_EQ(place(40), 40u);
    EXPECT_EQ(place(40), std::nullopt);  // neither behind nor before
    EXPECT_EQ(place(20), 80u);
    ring.oldest_was_read();
    EXPECT_EQ(place(41), std::nullopt);
    EXPECT_EQ(place(30), 0u);            // from the beginning again
    EXPECT_EQ(place(11), std::nullopt);
    EXPECT_EQ(place(10), 30u);
    EXPECT_EQ(place(1), std::nullopt);   // full to the last byte
    for (int i = 0; i < 4; ++i) ring.oldest_was_read();
    EXPECT_TRUE(ring.empty());
    EXPECT_EQ(place(500), 0u);           // larger than the ring: alone
    EXPECT_EQ(place(1), std::nullopt);
}

TEST(Frames, random_bytes_are_garbage_or_an_end_but_never_a_crash) {
    const auto seed = static_cast<std::uint64_t>(std::random_device{}());
    std::cout << "seed " << seed << '\n';
    std::mt19937_64 random{seed};
    for (int round = 0; round < 500; ++round) {
        Pair pair;
        std::string bytes(random() % 200, '\0');
        for (auto& c : bytes) c = static_cast<char>(random() % 4 == 0 ? random() : 0);
        ASSERT_EQ(::send(pair.left->fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
        pair.left.reset();
        Result<Frame> frame = pair.right->receive();
        while (frame) frame = pair.right->receive();
        EXPECT_TRUE(frame.error().code == Errc::plugin_bug || frame.error().code == Errc::plugin_crashed) << "seed " << seed;
    }
}

TEST(Frames, requests_that_do_not_parse_are_garbage) {
    struct NoDoor : ServiceDoor {
        void log(std::int32_t, std::string_view) override {}
        Result<Instant> now() override { return Instant{}; }
        std::uint64_t remaining_ms() override { return 0; }
        bool cancelled() override { return false; }
        Result<std::string> random(std::string_view, std::uint64_t) override { return std::string{}; }
        Result<std::string> state_get(std::string_view) override { return std::string{}; }
        Status state_put(std::string_view, std::string_view) override { return {}; }
        Status state_remove(std::string_view) override { return {}; }
        Result<std::vector<FolderFile>> files_list(std::string_view, std::string_view) override { return std::vector<FolderFile>{}; }
        Result<std::string> files_read(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override { return std::string{}; }
        Status files_write_new(std::string_view, std::string_view, std::string_view) override { return {}; }
        Status files_exists(std::string_view, std::string_view) override { return {}; }
        Result<ArtifactFate> artifact(const ArtifactOffer&) override { return ArtifactFate::taken; }
        Status records(std::string_view) override { return {}; }
        Status commit(std::string_view) override { return {}; }
        Status report(std::string_view) override { return {}; }
        Status results(std::string_view) override { return {}; }
        Status answer(std::string_view) override { return {}; }
        Status sniffed(std::int32_t, std::string_view) override { return {}; }
        Status wait(std::uint64_t) override { return {}; }
        Status secret_has(std::string_view) override { return {}; }
        void metric(std::string_view, std::int64_t, bool) override {}
        void progress(std::uint64_t, std::uint64_t, std::string_view) override {}
        void trace(std::string_view) override {}
        Status receipt(std::string_view) override { return {}; }
        Result<TransferReply> transfer(const TransferRequest&) override { return TransferReply{}; }
    } door;
    for (const auto op : {Op::log, Op::random, Op::state_get, Op::state_put, Op::files_list, Op::files_read, Op::files_write_new, Op::artifact, Op::transfer}) {
        for (const auto& payload : {std::string{"\xff\xff\xff\x7f"}, std::string{"abc"}, std::string(3, '\0')})
            EXPECT_FALSE(serve_request({op, 0, 1, payload, -1}, door)) << static_cast<int>(op);
    }
    for (const int op : {0, 1, 2, 3, 4, 15, 100, 65535}) EXPECT_FALSE(serve_request({static_cast<Op>(op), 0, 1, "", -1}, door)) << op;
}

TEST(Frames, a_request_and_a_reply_survive_the_way) {
    TransferRequest request;
    request.method = "POST";
    request.url = "https://x/";
    request.headers = {{"A", {{false, 0, "v"}, {true, OWED_BASE64, "s"}}}};
    request.recipients = {"a", "b"};
    request.timeout_ms = 7;
    const auto got = unpack_request(pack(request));
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->headers.at(0).value.at(1).is_secret);
    EXPECT_EQ(got->headers[0].value[1].encoding, static_cast<std::uint32_t>(OWED_BASE64));
    EXPECT_EQ(got->recipients, request.recipients);
    EXPECT_FALSE(unpack_request(pack(request) + "x"));
    EXPECT_FALSE(unpack_request(pack(request).substr(0, 20)));
}

}  // namespace
}  // namespace owed::host
