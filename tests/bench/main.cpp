// owed-bench: rates with their baseline in the same run, printed as ratios. `--short` is what ./test runs; the name of a
// section runs that one alone.
//   parse:   each format against a bare scan of the same bytes; camt also against expat alone
//   boundary: a record's way through the process boundary, durable intake isolated against in-process, children's start
//            and memory (boundary.cpp)
//   intake:  of these, durable intake alone, when it is asked for by this name
//   daemon:  from exec to the first answer on its socket, and what it and its children hold when idle (daemon.cpp)
#include <expat.h>
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

}  // namespace
}  // namespace owed::bench

int main(int argc, char** argv) {
    ::setenv("TMPDIR", std::filesystem::temp_directory_path().c_str(), 1);  // on the disk, not in memory: commits are to cost what they cost
    bool brief = false;
    std::string only;
    for (int i = 1; i < argc; ++i)
        if (std::string_view{argv[i]} == "--short") brief = true;
        else only = argv[i];
    const auto wanted = [&](const char* section) { return only.empty() || only == section; };
    const auto self = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    int wrong = 0;
    if (wanted("parse")) wrong += owed::bench::parse_rates(brief ? 5'000 : 200'000);
    const auto plugins = (self / "../plugins").lexically_normal().string(), emitter = (self / "../bench-plugins").lexically_normal().string();
    if (wanted("boundary")) wrong += owed::bench::boundary_rates(self.string(), plugins, emitter, brief);
    if (only == "intake") wrong += owed::bench::intake_rates(self.string(), plugins, brief);
    if (wanted("daemon")) wrong += owed::bench::daemon_rates(self.string(), brief);
    return wrong == 0 ? 0 : 1;
}
