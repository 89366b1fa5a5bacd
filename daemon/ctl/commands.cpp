#include "ctl/commands.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "ctl/calc.hpp"

namespace owed::ctl {
namespace {

/// A verb's shape. Positional arguments in order; one that ends in "..." takes the rest. Options are "--name VALUE";
/// those in `flags` take none. An option that ends in "!" must be there.
struct Shape {
    const char* verb;
    std::vector<const char*> positional;
    std::vector<const char*> options;
    std::vector<const char*> flags;
    const char* help;
};

const std::vector<Shape>& shapes() {
    static const std::vector<Shape> all = {
        {"inspect", {"file"}, {"format", "profile"}, {}, "decode a bank or ERP file; no daemon needed"},
        {"calc", {"topic"}, {}, {}, "ask a rule directly, a question in JSON on stdin; topics below"},
        {"config check", {}, {}, {}, "check the configuration"},
        {"config show", {}, {}, {}, "the effective configuration, secrets by reference"},
        {"template check", {}, {}, {}, "every mistake in the templates, with file, line and column"},
        {"connectors check", {"connector?"}, {}, {}, "try folders and credentials"},
        {"connectors list", {}, {}, {}, ""},
        {"connectors", {}, {}, {}, "connector instances: state, last run, counts, last error"},
        {"sync", {"connector?"}, {}, {"wait", "force"}, "read now, and write back; --force: also one that waits after a failure"},
        {"connector reset", {"connector"}, {"why!", "to"}, {}, "let a connector read again from the beginning, or from a cursor"},
        {"plugins list", {}, {}, {}, ""},
        {"plugins", {}, {}, {}, "plugins in use: version, kinds, SDK, who vouches for the file, which connectors run it"},
        {"plugin trust", {"file"}, {}, {}, "list a plugin file's hash in plugins.lock"},
        {"plugin new", {"name"}, {"kind!", "language", "dir"}, {}, "begin a plugin: it builds and passes its checks"},
        {"plugin check", {"file"}, {"settings", "cassette", "isolation", "format", "seed", "only"}, {}, "hold a plugin file to the rules of the boundary"},
        {"plugin release", {"connector"}, {}, {}, "let a quarantined connector start again"},
        {"reload", {}, {}, {"allow-downgrade"}, "take up the changed configuration and plugin files, all or nothing"},
        {"inbox show", {"artifact"}, {}, {}, "one file or page as received"},
        {"inbox release", {"artifact"}, {"why!"}, {}, "post a quarantined file"},
        {"inbox replay", {"artifact"}, {}, {}, "read a file again after a fix"},
        {"inbox list", {}, {}, {}, ""},
        {"inbox", {}, {}, {}, "files as received, with what became of them"},
        {"rejects list", {}, {}, {}, ""},
        {"rejects", {}, {}, {}, "rows and files that did not fit"},
        {"customers", {}, {"entity", "as-of"}, {}, "customers with balance and lateness"},
        {"customer show", {"customer"}, {}, {}, ""},
        {"customer set", {"customer", "set..."}, {}, {}, "FIELD=VALUE: name, email, language, contact, channel, dunning_block, hold"},
        {"relations", {}, {}, {}, "who pays for whom, and which customers are one"},
        {"relation add", {"customer"}, {"payer", "account", "name", "kind", "from", "until"}, {}, "a parent, factor or paying agent pays for this customer"},
        {"relation end", {"relation"}, {"on"}, {}, "the last day it holds"},
        {"customer merge", {"customer", "into"}, {"why!"}, {}, "two numbers that are one company"},
        {"customer limit", {"customer", "amount"}, {"why!", "currency", "from"}, {}, "how much a customer may owe and order, with a second person; none lifts it"},
        {"customer limits", {}, {"customer"}, {}, "credit limits and every change"},
        {"customer split", {"customer"}, {"why!"}, {}, "they are two after all"},
        {"items", {}, {"customer", "as-of", "known-at", "entity", "kind"}, {"open"}, "open items"},
        {"receipts", {}, {"state"}, {}, "money that came in"},
        {"applications", {}, {"since", "item"}, {}, "which receipt paid which item, and why; --item R-17 or INV-1: its own"},
        {"bank-statements", {}, {}, {}, "statements taken"},
        {"placements", {}, {}, {}, "items placed with agencies"},
        {"cash pending", {}, {}, {}, "questions with ranked proposals"},
        {"cash show", {"receipt"}, {}, {}, ""},
        {"cash apply", {"receipt", "items..."}, {"discount", "tolerance", "bank-charge", "withholding", "deduction", "takes", "why"}, {},
         "ITEM=AMOUNT[,discount=A][,deduction=A:REASON] ...: apply by hand, with what else it settles; --takes: what leaves the receipt in its own currency"},
        {"cash accept", {"receipt", "proposal?"}, {}, {}, "post a proposal of the question as it stands; the first, or its number"},
        {"cash identify", {"receipt", "customer"}, {}, {}, "say whose money it is"},
        {"cash not-receivable", {"receipt"}, {"why!"}, {}, "money that no customer owed"},
        {"cash receivable", {"receipt"}, {"why!"}, {}, "it was a customer's money after all"},
        {"cash split", {"receipt", "parts..."}, {}, {}, "CUSTOMER=AMOUNT ...: one transfer for several customers"},
        {"cash deposit", {"receipt"}, {"amount", "document", "why"}, {}, "keep a prepayment for its final invoice"},
        {"cash undeposit", {"credit"}, {"why"}, {}, "a deposit is none after all: its money is the receipt's again"},
        {"cash forward", {"receipt", "customer"}, {"amount", "why"}, {}, "ENTITY/CUSTOMER: money for another entity of ours"},
        {"cash unforward", {"receipt"}, {"why"}, {}, "it was not for that entity after all"},
        {"credit apply", {"credit", "items..."}, {}, {}, "ITEM=AMOUNT ...: use a credit memo or deposit"},
        {"retainage release", {"item"}, {"document!", "due", "amount", "why"}, {}, "what a customer withheld by contract is due now"},
        {"deposit release", {"item"}, {"document!", "amount", "why"}, {}, "a paid deposit invoice becomes a credit for the final invoice"},
        {"cash refund", {"receipt"}, {"amount", "account", "why"}, {}, "give back what is left of a receipt, credit memo or deposit, with a second person"},
        {"cash refund-void", {"entry"}, {"why!"}, {}, "a refund is not paid after all, with a second person; ENTRY as in cash refunds"},
        {"cash refunds", {}, {}, {}, "refunds that the bank has not booked yet"},
        {"cash returns", {}, {}, {}, "returned payments whose receipt nobody found"},
        {"cash return", {"return", "receipt"}, {"why"}, {"fee"}, "say which receipt a returned payment undoes, or none --why W"},
        {"cash outgoing", {}, {}, {}, "what left the bank and nobody ordered here"},
        {"cash explain", {"outgoing"}, {"why!"}, {"charge"}, "say what it was; --charge: the bank's, with a second person"},
        {"cash unapply", {"application"}, {"why"}, {"preview"}, "undo an application; --preview shows what goes with it"},
        {"cash run", {}, {}, {}, "match all waiting receipts now"},
        {"cash aliases", {}, {}, {}, "all that was learned from people: payers, and payers whose money is no receivable"},
        {"cash alias revoke", {"alias"}, {}, {}, ""},
        {"cash rule revoke", {"rule"}, {}, {}, ""},
        {"deductions list", {}, {"customer", "entity"}, {"all"}, ""},
        {"deductions", {}, {"customer", "entity"}, {"all"}, "what customers have deducted and is not resolved"},
        {"deduction resolve", {"item", "resolution"}, {"amount", "why", "chargeback", "due"}, {"against-revenue"}, "valid: ours, with a second person; invalid: owed again"},
        {"writeoff", {"item"}, {"amount", "method", "tax-relief", "why!"}, {}, "give an item up, above a limit with a second person"},
        {"settle", {"item", "agreed"}, {"on", "method", "why!"}, {}, "write off the rest of an item once the agreed money is there"},
        {"recover", {"item", "amount"}, {"method", "tax", "why"}, {}, "what was written off is owed again"},
        {"reinstate", {"item"}, {"why"}, {}, "take an item's write-offs back"},
        {"charge", {"customer", "amount"}, {"document!", "tax", "currency", "due", "why!"}, {"interest"}, "bill a fee, or late interest with --interest"},
        {"promises list", {}, {"customer", "entity", "state"}, {}, ""},
        {"promises", {}, {"customer", "entity", "state"}, {}, "what customers have promised to pay, by when, and what came of it"},
        {"promise add", {"customer"}, {"amount!", "by!", "items", "currency", "why!"}, {}, "its items are not dunned meanwhile; --items INV-1,INV-2, else the longest due"},
        {"promise cancel", {"promise"}, {"why!"}, {}, "it was taken back, or heard wrong"},
        {"agency fee", {"agency", "amount"}, {"document!", "tax", "entity", "why"}, {}, "book a collection agency's bill"},
        {"escheat", {"credit"}, {"amount", "why!"}, {}, "a credit that nobody claims is unclaimed property, with a second person"},
        {"escheat remit", {"amount"}, {"account!", "why!"}, {}, "hand unclaimed property over from an account of ours, with a second person"},
        {"waive", {"item"}, {"amount", "why!"}, {}, "give up a fee or interest"},
        {"dunning preview", {}, {"as-of", "entity"}, {}, "decisions with reasons, without effect"},
        {"dunning run", {}, {"as-of", "entity"}, {}, "decide, render, send"},
        {"dunning approve", {"run"}, {}, {}, "a second person lets a run go"},
        {"dunning runs", {}, {}, {}, ""},
        {"notices show", {"notice"}, {}, {}, ""},
        {"notices list", {}, {}, {}, ""},
        {"notices", {}, {"state"}, {}, "what was, is and will be sent"},
        {"outbox resolve", {"notice", "outcome"}, {"why"}, {}, "sent|not-sent: decide an unknown outcome"},
        {"outbox list", {}, {}, {}, ""},
        {"outbox", {}, {}, {}, "what is not settled yet"},
        {"orders list", {}, {"connector"}, {}, ""},
        {"orders", {}, {"connector"}, {}, "customers' orders in other systems, and whether they are held"},
        {"order hold", {"order"}, {"why!", "until"}, {}, "stop an order until a person lets it go"},
        {"order release", {"order"}, {"why!", "until"}, {}, "let an order go on"},
        {"writeback retry", {"connector"}, {}, {}, "write again what the other system refused"},
        {"writeback resolve", {"key", "outcome"}, {"why!"}, {}, "say whether an ERP has what was on its way: sent or not-sent"},
        {"writeback list", {}, {"connector", "state"}, {}, ""},
        {"writeback", {}, {"connector", "state"}, {}, "what other systems shall show, and whether they do"},
        {"report aging", {}, {"as-of", "entity", "known-at", "format"}, {}, "open items by age, and the control account beside it"},
        {"report dso", {}, {"as-of", "entity", "days", "format"}, {}, "days sales outstanding: simple, average, count-back, best possible"},
        {"report cei", {}, {"as-of", "entity", "days", "format"}, {}, "collection effectiveness"},
        {"report add", {}, {"as-of", "entity", "days", "format"}, {}, "average days delinquent"},
        {"report provision", {}, {"as-of", "entity", "format"}, {}, "what the allowance should be, and what is missing"},
        {"report exposure", {}, {"as-of", "entity", "format"}, {}, "open items and unbilled orders by customer"},
        {"report deposits", {}, {"as-of", "entity", "format"}, {}, "advances not applied yet, and their control account"},
        {"rates list", {}, {"since"}, {}, ""},
        {"rates", {}, {"since"}, {}, "exchange rates, dated"},
        {"rate set", {"from", "to", "rate"}, {"date", "type"}, {}, "1 FROM = RATE TO on --date; --type spot, closing or custom"},
        {"reference-rates list", {}, {"name"}, {}, ""},
        {"reference-rates", {}, {"name"}, {}, "reference rates of interest, dated"},
        {"jobs", {}, {}, {}, "schedules, last and next runs"},
        {"job run", {"job"}, {"as-of"}, {}, "run a job now"},
        {"ledger verify", {}, {}, {}, "recompute everything from the journal and compare"},
        {"ledger trial-balance", {}, {"as-of", "known-at", "entity"}, {}, ""},
        {"journal", {}, {"since", "limit"}, {}, "journal entries"},
        {"audit verify", {}, {}, {}, "walk the hash chain"},
        {"audit list", {}, {"since"}, {}, "who did what, and why"},
        {"approvals", {}, {"state"}, {}, "what waits for a second person, and what was decided"},
        {"approve", {"approval"}, {"why"}, {}, "let an act of another person be done"},
        {"reject", {"approval"}, {"why!"}, {}, ""},
        {"period list", {}, {"entity"}, {}, "months that are closed, by whom and why"},
        {"period close", {"month"}, {"entity", "why"}, {"soft"}, "lock a month (2026-03), or close it for most with --soft"},
        {"period reopen", {"month"}, {"entity", "why!"}, {"soft"}, "open it again; a locked one with a second person"},
        {"backup", {"file"}, {}, {}, "online and verified"},
        {"restore", {"file"}, {}, {}, "lay a backup into --data DIR"},
        {"status", {}, {}, {}, "is all well"},
        {"top", {}, {"interval"}, {"once"}, "connectors as they run: rates, lag, memory, trouble, progress"},
        {"metrics", {}, {}, {}, "figures for monitoring, as Prometheus text"},
        {"doctor", {}, {}, {}, "what would bite later, each with what to do"},
        {"clock advance", {"to"}, {}, {}, "move a demo folder's clock: YYYY-MM-DDTHH:MM"},
    };
    return all;
}

/// "inbox list" is "inbox" said at length; these two have no shorter form.
bool is_long_form(std::string_view verb) {
    return verb.ends_with(" list") && verb != "audit list" && verb != "period list";
}

bool matches(const Shape& shape, const std::vector<std::string>& words, std::size_t& used) {
    const std::string verb = shape.verb;
    std::size_t at = 0, start = 0;
    while (start <= verb.size()) {
        const auto end = std::min(verb.find(' ', start), verb.size());
        if (at >= words.size() || words[at] != verb.substr(start, end - start)) return false;
        ++at;
        start = end + 1;
    }
    used = at;
    return true;
}

std::string usage(const Shape& shape) {
    std::string text = "owectl " + std::string{shape.verb};
    for (std::string word : shape.positional) {
        const bool optional = word.back() == '?';
        if (optional) word.pop_back();
        for (auto& c : word) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
        text += optional ? " [" + word + "]" : " " + word;
    }
    for (std::string option : shape.options) {
        const bool needed = option.back() == '!';
        if (needed) option.pop_back();
        text += needed ? " --" + option + " V" : " [--" + option + " V]";
    }
    for (const auto* flag : shape.flags) text += " [--" + std::string{flag} + "]";
    return text;
}

tl::unexpected<Error> misuse(const Shape& shape, std::string what) {
    return fail(Errc::invalid_argument, std::move(what), {}, usage(shape));
}

/// The API's name of an option: "as-of" -> "as_of".
std::string api_name(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

Status add_option(const Shape& shape, const std::vector<std::string>& words, std::size_t& at, boost::json::object& arguments) {
    auto name = words[at].substr(2);
    std::optional<std::string> value;
    if (const auto equals = name.find('='); equals != std::string::npos) {
        value = name.substr(equals + 1);
        name.resize(equals);
    }
    const auto is = [&](std::string_view known) { return name == (known.ends_with('!') ? known.substr(0, known.size() - 1) : known); };
    if (arguments.contains(api_name(name))) return misuse(shape, "--" + name + " is given twice");
    if (std::any_of(shape.flags.begin(), shape.flags.end(), is)) {
        arguments[api_name(name)] = true;
        return {};
    }
    if (std::none_of(shape.options.begin(), shape.options.end(), is)) return misuse(shape, "\"" + std::string{shape.verb} + "\" has no option --" + name);
    if (!value) {
        if (++at >= words.size()) return misuse(shape, "--" + name + " needs a value");
        value = words[at];
    }
    arguments[api_name(name)] = *value;
    return {};
}

Status add_positional(const Shape& shape, std::size_t& next, const std::string& word, boost::json::object& arguments) {
    if (next >= shape.positional.size()) return misuse(shape, "\"" + word + "\" is one argument too many");
    std::string name = shape.positional[next];
    if (name.size() > 3 && name.substr(name.size() - 3) == "...") {
        name.resize(name.size() - 3);
        auto& list = arguments[name];
        if (!list.is_array()) list = boost::json::array{};
        list.as_array().push_back(boost::json::string{word});
        return {};
    }
    if (name.back() == '?') name.pop_back();
    arguments[name] = word;
    ++next;
    return {};
}

Result<bool> take_global(const std::vector<std::string>& words, std::size_t& at, Global& global) {
    const auto& word = words[at];
    const auto value_into = [&](std::string& into) -> Result<bool> {
        if (at + 1 >= words.size()) return fail(Errc::invalid_argument, word + " needs a value");
        into = words[++at];
        return true;
    };
    if (word == "--json") return global.json = true;
    if (word == "--csv" || word.starts_with("--csv=")) {
        global.csv_list = word.substr(std::min<std::size_t>(word.size(), 6));
        return global.csv = true;
    }
    if (word == "--help" || word == "-h") return global.help = true;
    if (word == "--version") return global.version = true;
    if (word == "--config") return value_into(global.config);
    if (word == "--data") return value_into(global.data);
    if (word == "--socket") return value_into(global.socket);
    if (word == "--as") return value_into(global.as);
    return false;
}

/// --format of a report is ours: text is how we print, json is --json, csv is --csv.
Status take_format(const Shape& shape, boost::json::object& arguments, Global& global) {
    if (std::string_view{shape.verb}.rfind("report ", 0) != 0 || !arguments.contains("format")) return {};
    const std::string format{arguments.at("format").as_string()};
    if (format != "json" && format != "csv" && format != "text") return misuse(shape, "--format is json, csv or text, not \"" + format + "\"");
    global.json = global.json || format == "json";
    global.csv = global.csv || format == "csv";
    arguments.erase("format");
    return {};
}

const Shape* shape_of(const std::vector<std::string>& words, std::size_t& used) {
    const Shape* best = nullptr;
    for (const auto& shape : shapes()) {
        std::size_t length = 0;
        if (matches(shape, words, length) && length > used) {
            best = &shape;
            used = length;
        }
    }
    return best;
}

/// How many letters differ (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto corner = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
            corner = above;
        }
    }
    return row[b.size()];
}

/// Verbs that may have been meant: a few letters away from what was typed, or with that first word.
std::string close_to(const std::vector<std::string>& words) {
    const auto listed = [](const std::vector<std::string>& found) {
        std::string text;
        for (const auto& one : found) text += (text.empty() ? "" : ", ") + one;
        return text;
    };
    std::vector<std::string> family, near;
    std::size_t longest = 1;   // words of what is near: of "plugin chek", "plugin check" and not "plugins"
    for (const auto& shape : shapes()) {
        const std::string verb = shape.verb;
        if (is_long_form(verb)) continue;
        if (verb.starts_with(words.front() + " ")) family.push_back(verb);
        const auto length = static_cast<std::size_t>(std::count(verb.begin(), verb.end(), ' ')) + 1;
        std::string typed;
        for (std::size_t i = 0; i < std::min(length, words.size()); ++i) typed += (i > 0 ? " " : "") + words[i];
        if (length < longest || distance(typed, verb) > std::max<std::size_t>(1, verb.size() / 5)) continue;
        if (length > longest) near.clear();
        longest = length;
        near.push_back(verb);
    }
    if (longest == 1) near.insert(near.end(), family.begin(), family.end());
    const auto text = listed(near);
    return text.empty() ? "owectl --help lists them" : "is it one of these: " + text + "? owectl --help lists them all";
}

std::string line_of(const Shape& shape) {
    auto line = "  " + usage(shape).substr(7);
    if (*shape.help != 0) {
        line.resize(std::max<std::size_t>(line.size() + 2, 58), ' ');
        line += shape.help;
    }
    return line + "\n";
}

}  // namespace

Result<Command> parse(const std::vector<std::string>& given, Global& global) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < given.size(); ++at) {
        OWED_TRY(auto taken, take_global(given, at, global));
        if (!taken) words.push_back(given[at]);
    }
    if (global.version) return Command{};
    std::size_t used = 0;
    const Shape* best = shape_of(words, used);
    if (global.help) return Command{best == nullptr ? std::string{} : best->verb, {}};
    if (best == nullptr) {
        if (words.empty()) return fail(Errc::invalid_argument, "say what to do", {}, "owectl --help lists it");
        return fail(Errc::invalid_argument, "there is no verb \"" + words.front() + "\"", {}, close_to(words));
    }
    Command command{best->verb, {}};
    if (is_long_form(command.verb))
        command.verb.resize(command.verb.size() - 5);
    std::size_t next = 0;
    for (std::size_t at = used; at < words.size(); ++at) {
        if (words[at].rfind("--", 0) == 0)
            OWED_TRY_VOID(add_option(*best, words, at, command.arguments));
        else
            OWED_TRY_VOID(add_positional(*best, next, words[at], command.arguments));
    }
    OWED_TRY_VOID(take_format(*best, command.arguments, global));
    if (global.csv && global.json) return misuse(*best, "an answer is JSON or CSV, not both");
    command.names_one = std::any_of(best->positional.begin(), best->positional.end(), [](std::string_view name) { return !name.ends_with('?'); });
    for (std::string name : best->positional) {
        if (name.back() == '?') continue;
        if (name.size() > 3 && name.substr(name.size() - 3) == "...") name.resize(name.size() - 3);
        if (!command.arguments.contains(name)) return misuse(*best, "\"" + std::string{best->verb} + "\" needs " + name);
    }
    for (const std::string_view option : best->options)
        if (option.ends_with('!') && !command.arguments.contains(api_name(std::string{option.substr(0, option.size() - 1)})))
            return misuse(*best, "\"" + std::string{best->verb} + "\" needs --" + std::string{option.substr(0, option.size() - 1)});
    return command;
}

std::string help(const std::string& verb) {
    for (const auto& shape : shapes())
        if (!verb.empty() && verb == shape.verb) return usage(shape) + "\n" + (*shape.help != 0 ? "  " + std::string{shape.help} + "\n" : "");
    std::string text = "owectl [--config FILE] [--data DIR] [--socket PATH] [--json | --csv[=LIST]] [--as NAME] VERB ...\n\n";
    for (const auto& shape : shapes())
        if (!is_long_form(shape.verb)) text += line_of(shape);
    text += "\nTopics of calc:";
    for (const auto& topic : calc_topics()) text += "\n    " + std::string{topic.name} + std::string(12 - std::min<std::size_t>(topic.name.size(), 11), ' ') + std::string{topic.help};
    text += "\n\nExit: 0 done; 1 not OK; 2 usage; 3 daemon not reachable; 4 refused; 78 configuration.\n";
    return text;
}

}  // namespace owed::ctl
