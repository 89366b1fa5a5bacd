// owed-bench: rates with their baseline in the same run, printed as ratios. `--short` is what ./test runs.
//   parse:   each format against a bare scan of the same bytes; camt also against expat alone
//   boundary: a record's way through the process boundary, durable intake isolated against in-process, children's start
//            and memory (boundary.cpp)
//   start:   the daemon from exec to the first answer on its socket, and its memory when idle
#include <expat.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "bench.hpp"
#include "formats/registry.hpp"
#include "store/test_store.hpp"

extern char** environ;

namespace owed::bench {
namespace {

namespace fs = std::filesystem;

}  // namespace

double best_of(int rounds, const std::function<void()>& work) {
    double best = 1e9;
    for (int i = 0; i < rounds; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        best = std::min(best, Seconds{std::chrono::steady_clock::now() - start}.count());
    }
    return best;
}

namespace {

class Counting : public RecordSink {
  public:
    Status record(Record record) override {
        if (const auto* statement = std::get_if<BankStatement>(&record.body)) entries += statement->entries.size();
        return {};
    }
    std::size_t entries = 0;
};

std::string cents(int n) { return std::to_string(n / 100) + "." + (n % 100 < 10 ? "0" : "") + std::to_string(n % 100); }

std::string camt(int n) {
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>"
                       "<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-03-31T06:00:00</CreDtTm></GrpHdr><Stmt><Id>S</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>";
    long long sum = 0;
    std::string entries;
    for (int i = 0; i < n; ++i) {
        const int amount = 1000 + i % 90000;
        sum += amount;
        entries += "<Ntry><Amt Ccy=\"EUR\">" + cents(amount) + "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-31</Dt></BookgDt>"
                   "<ValDt><Dt>2026-03-31</Dt></ValDt><AcctSvcrRef>" + std::to_string(7000000 + i) + "</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
                   "<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>E" + std::to_string(i) + "</EndToEndId></Refs><RltdPties><Dbtr><Pty>"
                   "<Nm>Beispiel Kunde " + std::to_string(i % 500) + "</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>Rechnung RE-" + std::to_string(260000 + i) + "</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>";
    }
    const auto balance = [](const char* code, long long units) {
        return std::string{"<Bal><Tp><CdOrPrtry><Cd>"} + code + "</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">" + minor_to_text(units, 2) + "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>";
    };
    return text + balance("OPBD", 0) + balance("CLBD", sum) + entries + "</Stmt></BkToCstmrStmt></Document>";
}

}  // namespace

std::string mt940(int n) {
    long long sum = 0;
    std::string body;
    for (int i = 0; i < n; ++i) {
        const int amount = 1000 + i % 90000;
        sum += amount;
        auto text = cents(amount);
        text[text.size() - 3] = ',';
        body += ":61:2603310331C" + text + "NTRFNONREF//B" + std::to_string(i) + "\r\n:86:166?00GUTSCHRIFT?20SVWZ+Rechnung RE-" + std::to_string(260000 + i) + "?32Beispiel Kunde " + std::to_string(i % 500) + "\r\n";
    }
    auto closing = minor_to_text(sum, 2);
    closing[closing.size() - 3] = ',';
    return ":20:S\r\n:25:DE89370400440532013000\r\n:28C:1/1\r\n:60F:C260331EUR0,00\r\n" + body + ":62F:C260331EUR" + closing + "\r\n-\r\n";
}

namespace {

std::string bai2(int n) {
    long long sum = 0;
    std::string body;
    for (int i = 0; i < n; ++i) {
        sum += 1000 + i % 90000;
        body += "16,165," + std::to_string(1000 + i % 90000) + ",0," + std::to_string(7000000 + i) + ",,invoice INV" + std::to_string(260000 + i) + " Sample Customer " + std::to_string(i % 500) + "/\n";
    }
    const auto total = std::to_string(2 * sum);
    return "01,BANK,CO,260331,0600,1,,,2/\n02,CO,BANK,1,260331,,USD,2/\n03,4000123456,USD,010,0,,,015," + std::to_string(sum) + ",,/\n" + body + "49," + total + "," + std::to_string(n + 2) +
           "/\n98," + total + ",1," + std::to_string(n + 4) + "/\n99," + total + ",1," + std::to_string(n + 6) + "/\n";
}

std::string ofx(int n) {
    std::string body;
    for (int i = 0; i < n; ++i)
        body += "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260331120000<TRNAMT>" + cents(1000 + i % 90000) + "<FITID>" + std::to_string(7000000 + i) + "<NAME>Sample Customer " + std::to_string(i % 500) +
                "<MEMO>invoice INV" + std::to_string(260000 + i) + "</STMTTRN>\n";
    return "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0"
           "<SEVERITY>INFO</STATUS><DTSERVER>20260331060000<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM>"
           "<BANKID>021000021<ACCTID>700044556<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20260331<DTEND>20260331\n" + body + "</BANKTRANLIST><LEDGERBAL><BALAMT>1.00<DTASOF>20260331</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";
}

std::string csv(int n) {
    std::string text = "Date;Amount;Currency;Name;Text;Reference\n";
    for (int i = 0; i < n; ++i)
        text += "31.03.2026;" + std::to_string(10 + i % 900) + "," + std::to_string(10 + i % 90) + ";EUR;Beispiel Kunde " + std::to_string(i % 500) + ";Rechnung RE-" + std::to_string(260000 + i) + ";" + std::to_string(7000000 + i) + "\n";
    return text;
}

/// The least that reading a file can cost: every byte looked at once, lines counted.
std::size_t bare_scan(const std::string& bytes) {
    std::size_t lines = 0;
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    while ((at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
        ++lines;
        ++at;
    }
    unsigned sum = 0;
    for (char c : bytes) sum += static_cast<unsigned char>(c);
    return lines + sum;
}

void expat_alone(const std::string& bytes) {
    XML_Parser parser = XML_ParserCreate(nullptr);
    XML_SetElementHandler(parser, [](void*, const char*, const char**) {}, [](void*, const char*) {});
    XML_SetCharacterDataHandler(parser, [](void*, const char*, int) {});
    if (XML_Parse(parser, bytes.data(), static_cast<int>(bytes.size()), 1) == XML_STATUS_ERROR) std::printf("  expat refuses the sample\n");
    XML_ParserFree(parser);
}

int parse_rates(int entries) {
    struct Sample {
        const char* format;
        std::string bytes;
    };
    const Sample samples[] = {{"camt", camt(entries)}, {"mt940", mt940(entries)}, {"bai2", bai2(entries)}, {"ofx", ofx(entries)}, {"csv", csv(entries)}};
    int wrong = 0;
    std::printf("parse, %d entries          MB/s   entries/s   ratio to a bare scan\n", entries);
    for (const auto& sample : samples) {
        std::size_t found = 0;
        volatile std::size_t keep = 0;
        const auto ours = best_of(3, [&] {
            Counting sink;
            const auto report = formats::decode(sample.format, sample.bytes, {"bench", {}}, sink);
            if (!report) std::printf("  %s: %s\n", sample.format, to_text(report.error()).c_str());
            found = sink.entries;
        });
        const auto scan = best_of(3, [&] { keep = keep + bare_scan(sample.bytes); });
        if (found != static_cast<std::size_t>(entries)) {
            std::printf("  %s: %zu of %d entries found\n", sample.format, found, entries);
            ++wrong;
        }
        const double size = static_cast<double>(sample.bytes.size()) / 1e6;
        std::printf("  %-22s %7.1f  %10.0f   %.4f\n", sample.format, size / ours, entries / ours, scan / ours);
        if (std::strcmp(sample.format, "camt") == 0) {
            const auto xml = best_of(3, [&] { expat_alone(sample.bytes); });
            std::printf("  camt against expat alone %5.1f MB/s               %.2f\n", size / xml, xml / ours);
        }
    }
    return wrong;
}

// ---------------------------------------------------------------- start-up

bool answers(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const bool there = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return there;
}

long resident_kib(pid_t pid) {
    std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
    for (std::string line; std::getline(status, line);)
        if (line.rfind("VmRSS:", 0) == 0) return std::atol(line.c_str() + 6);
    return 0;
}

}  // namespace

int start_up(const std::string& program, const std::string& config, const std::string& title) {
    store::TempFolder folder;
    const auto data = folder.path() + "/d";
    const auto log = folder.path() + "/log";
    for (const char* what : {"first (makes the store)", "again"}) {
        std::vector<std::string> words{program, "--config", config, "--data", data};
        std::vector<char*> argv;
        for (auto& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        pid_t pid = 0;
        const auto start = std::chrono::steady_clock::now();
        if (::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ) != 0) return 1;
        bool up = false;
        while (!(up = answers(data + "/owed.sock")) && Seconds{std::chrono::steady_clock::now() - start}.count() < 30 && ::waitpid(pid, nullptr, WNOHANG) == 0) ::usleep(500);
        const double took = Seconds{std::chrono::steady_clock::now() - start}.count();
        std::printf("start-up%s, %-24s %6.0f ms   idle memory %.1f MiB%s\n", title.empty() ? "" : (" " + title).c_str(), what, took * 1000, static_cast<double>(resident_kib(pid)) / 1024, up ? "" : "   NOT READY");
        ::kill(pid, SIGTERM);
        ::waitpid(pid, nullptr, 0);
        if (!up) return 1;
        posix_spawn_file_actions_destroy(&actions);
    }
    return 0;
}

}  // namespace owed::bench

int main(int argc, char** argv) {
    ::setenv("TMPDIR", std::filesystem::temp_directory_path().c_str(), 1);  // on the disk, not in memory: commits are to cost what they cost
    const bool brief = argc > 1 && std::string_view{argv[1]} == "--short";
    const int entries = brief ? 5'000 : 200'000;
    int wrong = owed::bench::parse_rates(entries);
    const auto self = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    wrong += owed::bench::boundary_rates(self.string(), (self / "../plugins").lexically_normal().string(), (self / "../bench-plugins").lexically_normal().string(), brief);
    wrong += owed::bench::start_up((self / "owed").string(), OWED_SOURCE_DIR "/config/demo/owed.yaml", "");
    return wrong == 0 ? 0 : 1;
}
