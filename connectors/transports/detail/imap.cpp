#include "transports/detail/imap.hpp"

#include <algorithm>

#include "transports/detail/curl_line.hpp"
#include "transports/detail/imap_line.hpp"
#include "transports/detail/imap_words.hpp"
#include "transports/detail/paths.hpp"
#include "transports/guard.hpp"

namespace owed::transports::detail {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t small_talk = 256 * 1024;  // what may come beside the answer that was asked for

class ImapExchange {
  public:
    ImapExchange(const Request& request, const UrlParts& url, std::string mailbox, ImapWords words)
        : request_{request}, mailbox_{std::move(mailbox)}, server_{server_of(url)}, words_{std::move(words)}, multi_{curl_multi_init()}, easy_{curl_easy_init()},
          deadline_{Clock::now() + std::chrono::milliseconds{request.timeout_ms}} {}

    Result<Response> run() {
        if (!multi_ || !easy_) return fail(Errc::internal, "libcurl could not make a handle");
        Exchange greeting{.request = request_, .dialect = Dialect::imap};
        greeting.loopback = may_be_loopback(request_);
        set_callbacks(easy_.get(), greeting);
        set_profile(easy_.get(), request_, Dialect::imap);
        curl_easy_setopt(easy_.get(), CURLOPT_URL, (server_ + "/").c_str());
        curl_easy_setopt(easy_.get(), CURLOPT_CONNECT_ONLY, 1L);
        const List addresses = set_addresses(easy_.get(), request_);
        const Attached attached{multi_.get(), easy_.get()};
        if (!attached.ok()) return fail(Errc::internal, "libcurl did not take the exchange");
        if (const auto code = detail::run(multi_.get(), request_.cancelled); code != CURLE_OK) return no_line(greeting, code);
        ImapLine line{easy_.get(), request_.reply_bytes_max + small_talk, deadline_, request_.cancelled};
        line_ = &line;
        auto response = act();
        line.leave();
        return response;
    }

  private:
    /// Nothing of the request was sent.
    Result<Response> no_line(const Exchange& greeting, CURLcode code) const {
        if (!greeting.blocked.empty()) return fail(Errc::invalid_config, greeting.blocked, server_);
        const std::string reason = printable(greeting.error_text[0] != 0 ? greeting.error_text : curl_easy_strerror(code));
        const auto stop = stop_of(code);
        if (stop == Stop::untrusted) {
            auto response = ended(Outcome::untrusted, server_ + " was not trusted, nothing was sent: " + reason);
            response.unknown_authority = is_unknown_authority(easy_.get(), stop);
            return response;
        }
        if (stop == Stop::timed_out) return ended(Outcome::timed_out, server_ + " did not answer within " + std::to_string(request_.timeout_ms) + " ms");
        if (stop == Stop::cancelled) return ended(Outcome::cancelled, server_ + ": cancelled");
        if (stop != Stop::login_denied) return ended(Outcome::transient, server_ + ": " + reason);
        const bool later = outcome_of_no(greeting.lines.reply) == Outcome::transient;
        return with_reply(ended(later ? Outcome::transient : Outcome::auth, server_ + " refuses the login: " + greeting.lines.reply), greeting.lines.reply);
    }

    Result<Response> act() {
        if (request_.method == "LIST") return list();
        const bool looks = only_looks(request_.method);
        const auto opened = line_->ask((looks ? "EXAMINE " : "SELECT ") + words_.mailbox);
        if (!opened.ok()) return no(opened, "open mailbox " + mailbox_, Effect::none);
        for (const auto& code : opened.codes) note(code);
        if (words_.uid_validity != 0 && std::to_string(words_.uid_validity) != validity_)
            return seen(ended(Outcome::refused, server_ + ": the mailbox " + mailbox_ + " has Uid-Validity " + (validity_.empty() ? "none" : validity_) + ", and the request is about " +
                                                    std::to_string(words_.uid_validity) + "; its numbers mean other messages now"));
        if (request_.method == "SEARCH") return search();
        if (request_.method == "GET") return get();
        // A number that is not there is no error in IMAP, but it is one of ours.
        const auto there = line_->ask("UID FETCH " + uid() + " (UID FLAGS)");
        if (!there.ok()) return no(there, "look at message " + uid(), Effect::none);
        if (!message_of(there)) return no_such_message();
        if (request_.method == "STORE") return store();
        return request_.method == "COPY" ? change("UID COPY " + uid() + " " + words_.destination, "copied") : move();
    }

    // ---- what only looks

    Result<Response> list() {
        const auto answered = line_->ask("LIST \"\" \"*\"");
        if (!answered.ok()) return no(answered, "list its mailboxes", Effect::none);
        std::vector<std::string> names;
        for (const auto& tokens : answered.untagged)
            if (auto name = listed_mailbox(tokens)) names.push_back(std::move(*name));
        std::sort(names.begin(), names.end());
        auto response = ended(Outcome::ok, {});
        for (const auto& name : names) response.body += name + "\n";
        return response;
    }

    Result<Response> search() {
        const auto answered = line_->ask("UID SEARCH " + words_.search);
        if (!answered.ok()) return no(answered, "search " + mailbox_, Effect::none);
        std::vector<std::uint32_t> all;
        for (const auto& tokens : answered.untagged)
            if (const auto some = found(tokens)) all.insert(all.end(), some->begin(), some->end());
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        auto response = ended(Outcome::ok, {});
        for (const auto one : all)
            if (one > words_.uid_after) response.body += std::to_string(one) + "\n";
        return seen(std::move(response));
    }

    Result<Response> get() {
        auto answered = line_->ask("UID FETCH " + uid() + " (UID FLAGS BODY.PEEK[])");
        if (!answered.ok()) return no(answered, "fetch message " + uid(), Effect::none);
        auto message = message_of(answered);
        if (!message || !message->has_body) return no_such_message();
        if (message->body.size() > request_.reply_bytes_max) return too_large();
        auto response = seen(ended(Outcome::ok, {}));
        response.headers.push_back({"flags", message->flags});
        response.body = std::move(message->body);
        return response;
    }

    // ---- what changes

    Result<Response> store() {
        std::string flags, done;
        for (const auto& [sign, what] : {std::pair{"+", words_.add_flags}, std::pair{"-", words_.remove_flags}}) {
            if (what.empty()) continue;
            const auto answered = line_->ask("UID STORE " + uid() + " " + sign + "FLAGS (" + what + ")");
            if (!answered.ok() && done.empty()) return no(answered, "set flags of message " + uid(), Effect::asked);
            if (!answered.ok())
                return ended(Outcome::unknown_outcome, server_ + " has set " + done + " of message " + uid() + ", and did not take away " + what + ": " + (answered.broken == Broken::no ? words_in(answered) : reason(answered)));
            done = what;
            if (const auto message = message_of(answered); message && message->has_flags) flags = message->flags;
        }
        auto response = seen(ended(Outcome::ok, {}));
        response.headers.push_back({"flags", flags});
        return response;
    }

    Result<Response> change(const std::string& command, const std::string& done) {
        const auto answered = line_->ask(command);
        if (!answered.ok()) return no(answered, "have message " + uid() + " " + done + " to " + words_.destination_shown, Effect::asked);
        auto response = seen(ended(Outcome::ok, {}));
        auto codes = answered.codes;
        codes.push_back(code_of(answered.tagged));
        for (const auto& code : codes)   // RFC 4315: COPYUID, the mailbox's validity, from, to
            if (code.starts_with("COPYUID ")) response.headers.push_back({"copy-uid", code.substr(8, 100)});
        return response;
    }

    /// By MOVE (RFC 6851), which is whole or not at all; by COPY, \Deleted and UID EXPUNGE (RFC 4315) where that is not there.
    Result<Response> move() {
        const auto able = line_->ask("CAPABILITY");
        if (!able.ok()) return no(able, "say what it can do", Effect::none);
        if (can(able, "MOVE")) return change("UID MOVE " + uid() + " " + words_.destination, "moved");
        if (!can(able, "UIDPLUS"))
            return ended(Outcome::refused, server_ + " can neither MOVE nor UIDPLUS, so that a message cannot be moved without touching others; COPY it, and set a flag of it");
        OWED_TRY(auto copied, change("UID COPY " + uid() + " " + words_.destination, "copied"));
        if (copied.outcome != Outcome::ok) return copied;
        for (const auto& command : {"UID STORE " + uid() + " +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE " + uid()})
            if (const auto answered = line_->ask(command); !answered.ok())
                return ended(Outcome::unknown_outcome, server_ + " has copied message " + uid() + " to " + words_.destination_shown + ", and it still stands in " + mailbox_ + ": " + words_in(answered));
        return copied;
    }
    static bool can(const Answered& answered, std::string_view ability) {
        for (const auto& tokens : answered.untagged)
            if (tokens.size() > 1 && tokens[1].value == "CAPABILITY" && std::any_of(tokens.begin(), tokens.end(), [&](const Token& t) { return t.value == ability; })) return true;
        return false;
    }

    // ---- ends

    enum class Effect { none, asked };

    static std::string words_in(const Answered& answered) {
        const auto space = answered.tagged.find(' ');
        if (!answered.why.empty() || space == std::string::npos) return answered.why;
        return printable(answered.tagged.substr(space + 1));
    }

    Result<Response> no(const Answered& answered, const std::string& what, Effect effect) const {
        const std::string could_not = server_ + " did not " + what;
        if (answered.broken == Broken::no) {
            auto outcome = outcome_of_no(answered.tagged);
            const auto code = code_of(answered.tagged);
            return with_reply(ended(outcome, could_not + ": " + words_in(answered) + (code == "TRYCREATE" ? "; that mailbox is not there" : "")), words_in(answered));
        }
        if (effect == Effect::asked) return ended(Outcome::unknown_outcome, could_not + " as far as one knows: " + reason(answered) + "; it may or may not have been done");
        switch (answered.broken) {
        case Broken::cancelled: return ended(Outcome::cancelled, server_ + ": cancelled");
        case Broken::late: return ended(Outcome::timed_out, could_not + " within " + std::to_string(request_.timeout_ms) + " ms");
        case Broken::too_large: return too_large();
        case Broken::no:
        case Broken::closed:
        case Broken::garbled: break;
        }
        return ended(Outcome::transient, could_not + ": " + reason(answered));
    }
    static std::string reason(const Answered& answered) {
        if (answered.broken == Broken::late) return "no answer in time";
        if (answered.broken == Broken::cancelled) return "cancelled";
        if (answered.broken == Broken::too_large) return "the answer was too large";
        return answered.why;
    }
    Result<Response> too_large() const {
        return fail(Errc::input_too_large, "the answer is larger than " + std::to_string(request_.reply_bytes_max) + " bytes", server_);
    }
    Response no_such_message() { return seen(ended(Outcome::refused, server_ + ": there is no message " + uid() + " in " + mailbox_)); }

    static Response with_reply(Response response, std::string reply) {
        response.reply = std::move(reply);
        return response;
    }
    /// With what is known about the mailbox.
    Response seen(Response response) const {
        if (!validity_.empty()) response.headers.push_back({"uid-validity", validity_});
        if (!next_.empty()) response.headers.push_back({"uid-next", next_});
        return response;
    }
    void note(const std::string& code) {
        const auto digits = [](std::string text) { return text.find_first_not_of("0123456789") == std::string::npos && text.size() <= 10 ? text : std::string{}; };
        if (code.starts_with("UIDVALIDITY ")) validity_ = digits(code.substr(12));
        if (code.starts_with("UIDNEXT ")) next_ = digits(code.substr(8));
    }
    std::string uid() const { return std::to_string(words_.uid); }
    /// What was told about the message that was asked for; a server may tell of others in between.
    std::optional<Fetched> message_of(const Answered& answered) const {
        std::optional<Fetched> message;
        for (const auto& tokens : answered.untagged) {
            auto one = fetched(tokens);
            if (!one || one->uid != words_.uid) continue;
            if (!message || one->has_body || !message->has_body) message = std::move(one);
        }
        return message;
    }

    const Request& request_;
    std::string mailbox_, server_, validity_, next_;
    ImapWords words_;
    Multi multi_;
    Easy easy_;
    ImapLine* line_ = nullptr;
    Clock::time_point deadline_;
};

/// The mailbox of a URL's path, "/INBOX/2026"; empty for "/".
Result<std::string> mailbox_of(const Request& request) {
    const auto url = url_parts(request.url);
    if (!url || request.url.find_first_of("?#;") != std::string::npos)
        return fail(Errc::data, "the URL \"" + printable(request.url) + "\" has a ?, # or ;", {}, "the path is the mailbox alone; write %3F, %23 and %3B where its name has them");
    const auto path = path_of(url->path);
    if (!path) return fail(Errc::data, "the path of " + printable(request.url) + " holds .. or a control byte");
    return path->substr(1);
}

}  // namespace

bool is_imap(std::string_view url) { return url.starts_with("imap://") || url.starts_with("imaps://"); }

Status check_imap(const Request& request) {
    OWED_TRY_VOID(check_url(request.url, request.encryption));
    OWED_TRY(const auto mailbox, mailbox_of(request));
    if (const auto words = words_of(request, mailbox); !words) return fail(words.error());
    if (request.user.empty()) return fail(Errc::invalid_config, "IMAP wants a user", {}, "add user to the connector's settings");
    return check_common(request);
}

Result<Response> imap(const Request& request) {
    OWED_TRY_VOID(check_imap(request));
    if (!ready_once()) return fail(Errc::internal, "libcurl could not be initialised");
    OWED_TRY(auto mailbox, mailbox_of(request));
    OWED_TRY(auto words, words_of(request, mailbox));
    return ImapExchange{request, *url_parts(request.url), std::move(mailbox), std::move(words)}.run();
}

}  // namespace owed::transports::detail
