#include "formats/ofx/detail/scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace owed::formats::ofx {
namespace {

constexpr std::size_t depth_max = 64;
constexpr std::size_t value_max = std::size_t{64} << 10;
constexpr std::size_t name_max = 64;
constexpr std::size_t end_tag_within = 4096;

/// Aggregates of the standard that a statement download can hold.
const std::unordered_set<std::string_view>& aggregates() {
    static const std::unordered_set<std::string_view> names{
        "OFX", "SIGNONMSGSRSV1", "SONRS", "STATUS", "FI", "BANKMSGSRSV1", "STMTTRNRS", "STMTRS", "BANKACCTFROM", "BANKACCTTO", "BANKTRANLIST",
        "BANKTRANLISTP", "STMTTRN", "STMTTRNP", "LEDGERBAL", "AVAILBAL", "BALLIST", "BAL", "CURRENCY", "ORIGCURRENCY", "PAYEE", "IMAGEDATA",
        "CREDITCARDMSGSRSV1", "CCSTMTTRNRS", "CCSTMTRS", "CCACCTFROM", "CCACCTTO", "INVSTMTMSGSRSV1", "INVSTMTTRNRS", "INVSTMTRS", "INVACCTFROM",
        "INVACCTTO", "INVTRANLIST", "INVBANKTRAN", "INVTRAN", "INVBAL", "INVPOSLIST", "INVPOS", "INVBUY", "INVSELL", "SECID", "SECINFO", "SECLIST",
        "SECLISTMSGSRSV1", "SECLISTTRNRS", "BUYDEBT", "BUYMF", "BUYOPT", "BUYOTHER", "BUYSTOCK", "SELLDEBT", "SELLMF", "SELLOPT", "SELLOTHER",
        "SELLSTOCK", "INCOME", "REINVEST", "TRANSFER", "POSMF", "POSSTOCK", "POSDEBT", "POSOPT", "POSOTHER", "INTERTRNRS", "INTRARS", "INTERRS",
        "MKTGINFO", "STMTENDRS", "STMTENDTRNRS", "CCSTMTENDRS", "CCSTMTENDTRNRS", "CLOSING", "LOANMSGSRSV1", "LOANSTMTTRNRS", "LOANSTMTRS"};
    return names;
}

/// Fields of the standard that banks send without a value.
const std::unordered_set<std::string_view>& fields() {
    static const std::unordered_set<std::string_view> names{
        "CODE", "SEVERITY", "MESSAGE", "DTSERVER", "LANGUAGE", "ORG", "FID", "TRNUID", "CLTCOOKIE", "CURDEF", "BANKID", "BRANCHID", "ACCTID",
        "ACCTTYPE", "ACCTKEY", "BROKERID", "DTSTART", "DTEND", "TRNTYPE", "DTPOSTED", "DTUSER", "DTAVAIL", "DTTRAN", "TRNAMT", "FITID",
        "CORRECTFITID", "CORRECTACTION", "SRVRTID", "CHECKNUM", "REFNUM", "SIC", "PAYEEID", "NAME", "EXTDNAME", "MEMO", "MEMO2", "CURRATE", "CURSYM",
        "BALAMT", "DTASOF", "DTPROFUP", "DTACCTUP", "SESSCOOKIE", "USERKEY", "INV401KSOURCE", "ADDR1", "ADDR2", "ADDR3", "CITY", "STATE",
        "POSTALCODE", "COUNTRY", "PHONE", "TOKEN", "SYNCMODE", "INTU.BID", "INTU.USERID", "INTU.ORG"};
    return names;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_name(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string_view trimmed(std::string_view s) {
    while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
    while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
    return s;
}

void append_utf8(std::string& out, std::uint32_t c) {
    if (c < 0x80) return void(out += static_cast<char>(c));
    if (c < 0x800) return void((out += static_cast<char>(0xC0 | (c >> 6))) += static_cast<char>(0x80 | (c & 0x3F)));
    if (c >= 0x10000) {
        out += static_cast<char>(0xF0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | (c >> 12));
    }
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
}

/// The character of "&amp;" or "&#228;" without & and ;, or 0 for what is none: then the & was meant as it stands ("AT&T").
std::uint32_t character_of(std::string_view entity) {
    constexpr std::array<std::pair<std::string_view, std::uint32_t>, 6> named{{{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}}};
    for (const auto& [name, c] : named) {
        if (entity == name) return c;
    }
    if (entity.size() < 2 || entity[0] != '#') return 0;
    const bool hex = entity[1] == 'x' || entity[1] == 'X';
    const std::string_view digits = entity.substr(hex ? 2 : 1);
    std::uint32_t c = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), c, hex ? 16 : 10);
    const bool valid = error == std::errc{} && end == digits.data() + digits.size() && c >= 0x20 && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
    return valid ? c : 0;
}

void append_resolved(std::string& out, std::string_view raw) {
    constexpr std::size_t entity_max = 10;
    for (std::size_t i = 0; i < raw.size();) {
        const std::size_t end = raw[i] == '&' ? raw.substr(0, std::min(raw.size(), i + entity_max)).find(';', i) : std::string_view::npos;
        const std::uint32_t c = end == std::string_view::npos ? 0 : character_of(raw.substr(i + 1, end - i - 1));
        if (c != 0) {
            append_utf8(out, c);
            i = end + 1;
        } else {
            out += raw[i++];
        }
    }
}

struct Tag {
    std::string name;
    bool closing = false, empty = false;  // "</X>", "<X/>"
    std::size_t end = 0;                  // behind '>'
};

class Scan {
  public:
    Scan(std::string_view text, std::string_view file_name, Handler& handler) : text_{text}, file_name_{file_name}, handler_{handler} {}

    Result<std::vector<std::string>> run() {
        while (next_markup()) OWED_TRY_VOID(one());
        return std::move(open_);
    }

  private:
    /// Moves to the next '<'. What stands between fields is blank, or the header before the root.
    bool next_markup() {
        at_ = std::min(text_.find('<', at_), text_.size());
        return at_ < text_.size();
    }

    Position here() {
        for (; counted_ < at_; ++counted_) {
            ++position_.column;
            if (text_[counted_] == '\n') position_ = {position_.line + 1, 1};
        }
        return position_;
    }
    std::string where() { return place(file_name_, here()); }
    bool looking_at(std::string_view s) const { return text_.substr(at_, s.size()) == s; }

    /// The tag at `at`, unless the '<' there is only a character of a text ("A < B", "<JONES" before the next tag).
    bool tag_at(std::size_t at, Tag& tag) const {
        std::size_t i = at + 1;
        tag.closing = i < text_.size() && text_[i] == '/';
        if (tag.closing) ++i;
        if (i >= text_.size() || !is_letter(text_[i])) return false;
        tag.name.clear();
        while (i < text_.size() && is_name(text_[i]) && tag.name.size() < name_max) tag.name += upper(text_[i++]);
        if (i >= text_.size() || !(text_[i] == '>' || text_[i] == '/' || is_blank(text_[i]))) return false;
        const std::size_t stop = text_.substr(0, std::min(text_.size(), i + end_tag_within)).find_first_of("<>", i);
        if (stop == std::string_view::npos || text_[stop] == '<') return false;
        tag.empty = text_[stop - 1] == '/';
        tag.end = stop + 1;
        return true;
    }

    Status skip_past(std::string_view mark, std::string_view what) {
        const std::size_t end = text_.find(mark, at_);
        if (end == std::string_view::npos) return fail(Errc::malformed_input, "the file ends inside " + std::string{what}, where());
        at_ = end + mark.size();
        return {};
    }

    Status one() {
        if (looking_at("<!--")) return skip_past("-->", "a comment");
        if (looking_at("<?")) return skip_past(">", "a processing instruction");
        if (looking_at("<![CDATA[")) return skip_past("]]>", "a CDATA section");  // beside a field: nobody's text
        if (looking_at("<!"))
            return fail(Errc::malformed_input, "the file has a document type or declaration (<!), which bank files do not need and attacks do", where(),
                        "ask the sender for the file without it");
        Tag tag;
        if (!tag_at(at_, tag)) {
            ++at_;
            return {};
        }
        const Position at = here();
        at_ = tag.end;
        return tag.closing ? end_of(tag.name, at) : begin_of(tag, at);
    }

    /// Reads up to the next tag; entities resolved outside of CDATA, whose blanks are kept as they are.
    Result<std::string> read_value() {
        std::string value;
        Tag tag;
        const Position at = here();
        std::size_t begin = at_;
        const auto take = [&](std::size_t end) { append_resolved(value, text_.substr(begin, end - begin)); };
        bool cdata = false;
        while (next_markup()) {
            if (looking_at("<![CDATA[")) {
                take(at_);
                const std::size_t end = text_.find("]]>", at_);
                if (end == std::string_view::npos) return fail(Errc::malformed_input, "the file ends inside a CDATA section", where());
                if (!cdata) value = trimmed(value);
                cdata = true;
                value += text_.substr(at_ + 9, end - at_ - 9);
                at_ = begin = end + 3;
            } else if (looking_at("<!--") || looking_at("<?") || looking_at("<!") || tag_at(at_, tag)) {
                break;
            } else {
                ++at_;
            }
            if (at_ - begin > value_max || value.size() > value_max) break;
        }
        if (!cdata || !trimmed(text_.substr(begin, at_ - begin)).empty()) take(at_);
        if (value.size() > value_max)
            return fail(Errc::input_too_large, "a field is longer than " + std::to_string(value_max) + " bytes", place(file_name_, at));
        return cdata ? value : std::string{trimmed(value)};
    }

    Status begin_of(const Tag& tag, Position at) {
        if (tag.empty) return handler_.field(tag.name, {}, at);
        if (aggregates().contains(tag.name)) return open(tag.name, at);
        OWED_TRY(std::string value, read_value());
        Tag next;
        const bool own_end = at_ < text_.size() && tag_at(at_, next) && next.closing && next.name == tag.name;
        if (own_end) at_ = next.end;
        if (!own_end && value.empty() && !fields().contains(tag.name) && ends_nearby(tag.name)) return open(tag.name, at);
        return handler_.field(tag.name, std::move(value), at);
    }

    /// Of a vendor's own tag: "<X.INFO><X.ID>7</X.INFO>" is an aggregate, "<X.NOTE><X.ID>7" an empty field.
    bool ends_nearby(const std::string& name) {
        if (!std::exchange(ends_indexed_, true)) index_ends();
        const auto found = ends_.find(name);
        if (found == ends_.end()) return false;
        const auto next = std::lower_bound(found->second.begin(), found->second.end(), at_);
        return next != found->second.end() && *next - at_ < end_tag_within;
    }
    /// Where vendors' end tags stand, gathered once: looking ahead from each tag would cost a hostile file's length squared.
    void index_ends() {
        std::string name;
        for (std::size_t at = text_.find("</", at_); at != std::string_view::npos; at = text_.find("</", at + 2)) {
            name.clear();
            for (std::size_t i = at + 2; i < text_.size() && is_name(text_[i]) && name.size() < name_max; ++i) name += upper(text_[i]);
            if (!aggregates().contains(name) && !fields().contains(name)) ends_[name].push_back(at);
        }
    }

    Status open(const std::string& name, Position at) {
        if (open_.size() >= depth_max)
            return fail(Errc::input_too_large, "aggregates are nested deeper than " + std::to_string(depth_max), place(file_name_, at),
                        "no bank file needs that; ask the sender what it is");
        open_.push_back(name);
        return handler_.open(name, at);
    }

    Status end_of(const std::string& name, Position at) {
        const auto found = std::find(open_.rbegin(), open_.rend(), name);
        if (found == open_.rend()) {
            if (aggregates().contains(name)) handler_.oddity("the end tag </" + name + "> has no begin tag", at);
            return {};
        }
        while (open_.back() != name) {
            handler_.oddity("<" + open_.back() + "> has no end tag before </" + name + ">", at);
            OWED_TRY_VOID(close(at));
        }
        return close(at);
    }
    Status close(Position at) {
        const std::string name = std::move(open_.back());
        open_.pop_back();
        return handler_.close(name, at);
    }

    std::string_view text_, file_name_;
    Handler& handler_;
    std::size_t at_ = 0, counted_ = 0;
    Position position_;
    std::vector<std::string> open_;
    bool ends_indexed_ = false;
    std::unordered_map<std::string, std::vector<std::size_t>> ends_;
};

}  // namespace

std::string place(std::string_view file_name, Position at) {
    return std::string{file_name} + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

Result<std::vector<std::string>> scan(std::string_view text, std::string_view file_name, Handler& handler) {
    return Scan{text, file_name, handler}.run();
}

}  // namespace owed::formats::ofx
