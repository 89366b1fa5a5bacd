// owed-accuracy: loads the generator's world through the rooms' own functions, lets them take its receipts day by day, and
// writes decisions.jsonl for score.py. A clerk answers each question before the customer's next receipt with what is true, as
// a person who works the queue daily would, so that one question does not spoil the books for the receipts that follow.
//
//     owed-accuracy DIR
//     owed-accuracy --speed
#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>

#include "audit/audit.hpp"
#include "speed.hpp"
#include "store/test_store.hpp"
#include "true_books.hpp"
#include "world_files.hpp"

namespace owed::accuracy {
namespace {

const audit::Actor job{.kind = audit::Actor::Kind::job, .id = "cash", .name = "cash"};
const audit::Actor clerk{.kind = audit::Actor::Kind::person, .id = "clerk", .name = "the bench's clerk"};

struct Line {
    json::object receipt, truth;
    std::optional<OpenItemId> item;      ///< empty: a payment returned
    std::string decision;                ///< the line of decisions.jsonl
    bool by_person = false, returned = false;
};

class Bench {
  public:
    explicit Bench(std::string folder) : folder_{std::move(folder)}, world_{read_world(folder_ + "/world.json")} {}

    void run() {
        load_parties();
        each_line(folder_ + "/items.jsonl", [&](const json::object& line) { items_.push_back(line); });
        each_line(folder_ + "/advices.jsonl", [&](const json::object& line) { advices_.push_back(line); });
        std::stable_sort(advices_.begin(), advices_.end(), [](auto& a, auto& b) { return text(a, "date") < text(b, "date"); });
        each_line(folder_ + "/receipts.jsonl", [&](const json::object& line) { lines_.push_back({line, {}, {}, {}}); });
        std::size_t at = 0;
        each_line(folder_ + "/truth.jsonl", [&](const json::object& line) { lines_.at(at++).truth = line; });
        for (std::size_t first = 0; first < lines_.size();) {
            const auto date = text(lines_[first].receipt, "value_date");
            auto last = first;
            while (last < lines_.size() && text(lines_[last].receipt, "value_date") == date) ++last;
            one_day(day(lines_[first].receipt, "value_date"), first, last);
            first = last;
        }
        write_decisions();
    }

  private:
    void write(const std::string& about, const std::function<Status(store::Tx&)>& act) {
        if (auto done = test_.store().write(act); !done) must<int>(fail(done.error()), about);
    }

    void load_parties() {
        write("customers", [&](store::Tx& tx) -> Status {
            each_line(folder_ + "/customers.jsonl", [&](const json::object& line) {
                const auto customer = customer_of(line, world_.entity);
                customers_[customer.number] = must(parties::upsert(tx, test_.clock, world_.entity, customer), customer.number).first;
            });
            each_line(folder_ + "/relations.jsonl", [&](const json::object& line) {
                parties::Relation relation{.entity = world_.entity, .kind = text(line, "kind"), .payer = {}, .payer_account = text(line, "payer_account"),
                                           .payer_name = text(line, "payer_name"), .pays_for = customers_.at(text(line, "pays_for"))};
                if (const auto payer = customers_.find(text(line, "payer")); payer != customers_.end()) relation.payer = payer->second;
                if (!text(line, "from").empty()) relation.from = day(line, "from");
                if (!text(line, "until").empty()) relation.until = day(line, "until");
                must(parties::add_relation(tx, test_.clock, clerk, relation), "relation");
            });
            return {};
        });
    }

    void post_item(store::Tx& tx, const json::object& line) {
        const auto document = document_of(line, customers_.at(text(line, "customer")), world_);
        const auto posted = must(ledger::post_document(tx, context_, document), document.document);
        by_document_[document.document] = posted.item;
        cash::note_numbers(tx, posted.item, numbers_of(line));
        if (const auto settled = text(line, "settled"); !settled.empty()) settle_before(tx, document, posted.item, must(parse_date(settled), "settled"));
    }

    /// Closed before the bench begins, as an opening balance brings it: a receipt of that day, applied in full.
    void settle_before(store::Tx& tx, const ledger::PostDocument& document, OpenItemId item, Date date) {
        if (document.kind == ledger::ItemKind::credit_memo) return;
        ledger::PostReceipt receipt{.entity = world_.entity, .bank_gl = world_.account_gl.begin()->second, .customer = document.customer, .document = {},
                                    .value_date = date, .posting_date = date, .amount = document.amount, .cause = {"bench", document.document},
                                    .reason = "paid before", .event_key = "before/" + document.document, .functional = {}};
        if (document.functional) receipt.functional = document.functional;
        const auto paid = must(ledger::post_receipt(tx, context_, receipt), document.document);
        ledger::Apply application{.credit = paid.item, .debit = item, .amount = document.amount, .discount = {}, .date = date, .stage = "manual",
                                  .reason = "paid before", .by = "clerk", .cause = {"bench", document.document}, .event_key = "before-apply/" + document.document};
        must(ledger::apply(tx, context_, application), document.document);
    }

    void match(Date date) {
        const auto begin = std::chrono::steady_clock::now();
        write("matching of " + to_text(date), [&](store::Tx& tx) -> Status {
            moved_ += must(cash::match_waiting(tx, context_, world_.cash, job), "match").moved;
            return {};
        });
        matching_ += std::chrono::steady_clock::now() - begin;
    }

    void arrive(const std::vector<std::size_t>& round, Date date) {
        const auto begin = std::chrono::steady_clock::now();
        write("receipts of " + to_text(date), [&](store::Tx& tx) -> Status {
            cash::Arrivals arrivals{tx, context_, world_.cash, job};
            for (const auto at : round) receive(tx, arrivals, lines_[at], date);
            moved_ += must(arrivals.finish(), "match").moved;
            return {};
        });
        matching_ += std::chrono::steady_clock::now() - begin;
    }

    void one_day(Date date, std::size_t first, std::size_t last) {
        const auto begin = std::chrono::steady_clock::now();
        const auto matched = matching_;
        test_.clock.set(to_text(date) + "T17:00:00Z");
        write("documents of " + to_text(date), [&](store::Tx& tx) -> Status {
            for (; next_item_ < items_.size() && day(items_[next_item_], "document_date") <= date; ++next_item_) post_item(tx, items_[next_item_]);
            for (; next_advice_ < advices_.size() && day(advices_[next_advice_], "date") <= date; ++next_advice_)
                must(cash::add_advice(tx, context_, advice_of(advices_[next_advice_], world_.entity), text(advices_[next_advice_], "id")), "advice");
            return {};
        });
        // In the morning the advices of the night have their chance; what is still a question then, the clerk answers.
        if (!unanswered_.empty()) match(date);
        write("the clerk's morning", [&](store::Tx& tx) -> Status {
            std::erase_if(unanswered_, [&](std::size_t at) { return !waits_rightly(tx, lines_[at]) && (answer(tx, lines_[at], date), true); });
            std::erase_if(prepaid_, [&](std::size_t at) { return settle_prepaid(tx, lines_[at], date); });
            return {};
        });
        for (const auto& round : rounds_of(first, last)) {
            write("answers of " + to_text(date), [&](store::Tx& tx) -> Status {
                // Before a customer's next money his questions of today are answered too.
                for (const auto next : round)
                    for (auto at = first; at < next; ++at)
                        if (same_customer(lines_[at], lines_[next])) answer(tx, lines_[at], date);
                return {};
            });
            arrive(round, date);
        }
        write("the clerk's evening", [&](store::Tx& tx) -> Status {
            // What nobody can know from the papers is asked for at once, by telephone; for the rest an advice may still come.
            for (auto at = first; at < last; ++at) {
                if (!lines_[at].truth.at("certain").as_bool()) answer(tx, lines_[at], date);
                if (lines_[at].item && !lines_[at].by_person) unanswered_.push_back(at);
                if (lines_[at].truth.contains("later")) prepaid_.push_back(at);
            }
            return {};
        });
        loading_ += std::chrono::steady_clock::now() - begin - (matching_ - matched);
    }

    static bool same_customer(const Line& a, const Line& b) {
        const auto& x = a.truth.at("customers").as_array();
        const auto& y = b.truth.at("customers").as_array();
        return !x.empty() && !y.empty() && x[0] == y[0];
    }

    /// The receipts of a day in their order; one customer's second is in a later round than his first.
    std::vector<std::vector<std::size_t>> rounds_of(std::size_t first, std::size_t last) const {
        std::vector<std::vector<std::size_t>> rounds;
        std::map<std::string, std::size_t> next_of;
        for (auto at = first; at < last; ++at) {
            const auto& who = lines_[at].truth.at("customers").as_array();
            std::size_t round = 0;
            if (!who.empty()) round = next_of[std::string{who[0].as_string()}]++;
            if (round >= rounds.size()) rounds.resize(round + 1);
            rounds[round].push_back(at);
        }
        return rounds;
    }

    void receive(store::Tx& tx, cash::Arrivals& arrivals, Line& line, Date date) {
        const auto in = currency(text(line.receipt, "currency"));
        const auto amount = money(line.receipt, "amount", in);
        const auto id = text(line.receipt, "id");
        const auto account = text(line.receipt, "account");
        if (amount.is_negative()) {
            cash::NewReturn returned{.entity = world_.entity, .account = account, .bank_gl = world_.account_gl.at(account), .amount = amount.negated(),
                                     .value_date = date, .posting_date = date, .transaction = transaction_of(line.receipt),
                                     .original_reference = text(line.receipt, "original_reference"), .event_key = id};
            // What it undoes keeps the decision that was made on it.
            must_status(arrivals.drain(), id);
            const auto before = cash::preview_return(tx, returned);
            if (before) note_before_return(tx, *before);
            const auto answered = must(cash::receive_return(tx, context_, returned, job), id);
            if (answered.receipt) arrivals.returned(*answered.receipt);
            json::object decision{{"receipt", id}, {"outcome", answered.receipt ? "returned" : "question"}, {"stage", "return"}, {"confidence", answered.receipt ? 1.0 : 0.0}};
            if (answered.receipt) decision["undoes"] = by_item_.contains(answered.receipt->value) ? text(lines_[by_item_.at(answered.receipt->value)].receipt, "id") : "";
            line.decision = json::serialize(decision);
            return;
        }
        cash::NewReceipt receipt{.entity = world_.entity, .account = account, .bank_gl = world_.account_gl.at(account), .amount = amount, .value_date = date,
                                 .posting_date = date, .transaction = transaction_of(line.receipt), .connector = "bench", .artifact = "1", .event_key = id,
                                 .functional = in == currency("EUR") ? std::nullopt : std::optional{functional(amount)}};
        line.item = must(arrivals.receive(std::move(receipt)), id);
        by_item_[line.item->value] = static_cast<std::size_t>(&line - lines_.data());
    }

    void note_before_return(store::Db& db, OpenItemId item) {
        const auto at = by_item_.find(item.value);
        if (at == by_item_.end()) return;
        auto& line = lines_[at->second];
        if (!line.by_person) line.decision = describe(db, line);
        line.returned = true;
    }

    json::array applications_json(const std::vector<cash::ProposedItem>& items) const {
        json::array list;
        for (const auto& item : items) {
            const auto in = item.amount.currency();
            const auto shown = [&](std::int64_t units) { return to_text(Money::minor(units, in)); };
            list.push_back(json::object{{"document", item.document}, {"amount", to_text(item.amount)}, {"discount", shown(item.discount)},
                                        {"deduction", shown(item.deduction + item.bank_charge + item.withholding)},
                                        {"write_off", shown(item.tolerance)}});
        }
        return list;
    }

    /// As the books have it now.
    std::string describe(store::Db& db, const Line& line) const {
        const auto receipt = *cash::receipt(db, std::to_string(line.item->value));
        json::object decision{{"receipt", text(line.receipt, "id")}};
        const auto evidence = receipt.evidence.empty() ? json::object{} : json::parse(receipt.evidence).as_object();
        const auto doubt = evidence.contains("doubt_ppb") ? evidence.at("doubt_ppb").to_number<std::int64_t>() : 1'000'000'000;
        const auto confidence = static_cast<double>(std::max<std::int64_t>(1'000'000'000 - doubt, 0)) / 1'000'000'000.0;
        decision["stage"] = evidence.contains("stage") ? text(evidence, "stage") : "";
        decision["confidence"] = confidence;
        decision["why"] = evidence.contains("reason") ? text(evidence, "reason") : "";
        if (receipt.customer) decision["customer"] = number_of(db, *receipt.customer);
        json::array applications;
        for (const auto& one : ledger::applications(db, {}, receipt.id)) {
            if (one.undone) continue;
            const auto shown = [&](std::initializer_list<std::optional<Money>> parts) {
                std::int64_t sum = 0;
                for (const auto& part : parts) sum += part ? part->units() : 0;
                return to_text(Money::minor(sum, one.amount.currency()));
            };
            applications.push_back(json::object{{"document", one.debit_document}, {"amount", to_text(one.amount)}, {"discount", shown({one.discount})},
                                                {"deduction", shown({one.deduction, one.bank_charge, one.withholding})}, {"write_off", shown({one.tolerance})}});
        }
        using cash::State;
        switch (receipt.state) {
            case State::applied: case State::partly: decision["outcome"] = "applied"; break;
            case State::not_receivable: decision["outcome"] = "not_receivable"; break;
            case State::on_account: decision["outcome"] = applications.empty() ? "on_account" : "applied"; break;
            case State::returned: decision["outcome"] = "returned"; break;
            case State::queued: decision["outcome"] = receipt.question.empty() ? "on_account" : "question"; break;
            case State::unidentified: decision["outcome"] = "question"; break;
        }
        if (!applications.empty()) add_credit_memos(db, receipt, applications);
        decision["applications"] = std::move(applications);
        json::array proposals;
        for (const auto& one : receipt.proposals)
            proposals.push_back(json::object{{"customer", one.customer_number}, {"applications", applications_json(one.items)},
                                             {"confidence", static_cast<double>(1'000'000 - one.doubt_ppm) / 1'000'000.0}, {"stage", one.stage}});
        decision["proposals"] = std::move(proposals);
        return json::serialize(decision);
    }

    /// What credit memos paid of the same documents in this decision belongs to it: the memo negative, the document more.
    void add_credit_memos(store::Db& db, const cash::Receipt& receipt, json::array& applications) const {
        auto rows = db.query("SELECT c.document, d.document, a.amount, a.discount FROM application a JOIN journal_entry e ON e.id = a.entry JOIN open_item c ON c.id = a.credit "
                             "JOIN open_item d ON d.id = a.debit WHERE e.cause_kind = 'cash' AND e.cause_id = ? AND a.credit <> ? AND a.undone_on IS NULL");
        rows.bind(receipt.number, receipt.id.value);
        while (rows.step()) {
            const auto in = receipt.amount.currency();
            applications.push_back(json::object{{"document", rows.text(0)}, {"amount", to_text(Money::minor(-rows.integer(2), in))}});
            applications.push_back(json::object{{"document", rows.text(1)}, {"amount", to_text(Money::minor(rows.integer(2), in))},
                                                {"discount", to_text(Money::minor(rows.integer(3), in))}});
        }
    }

    std::string number_of(store::Db& db, CustomerId customer) const {
        const auto row = parties::find(db, customer);
        return row ? row->customer.number : std::string{};
    }

    /// Money before its invoice, and the matcher waits for that as it should: no question, so nobody is asked.
    bool waits_rightly(store::Db& db, const Line& line) const {
        if (!line.item || line.by_person || line.returned || !line.truth.contains("later")) return false;
        const auto receipt = *cash::receipt(db, std::to_string(line.item->value));
        return receipt.state == cash::State::queued && receipt.question.empty() && !by_document_.contains(later_of(line));
    }
    static std::string later_of(const Line& line) { return std::string{line.truth.at("later").as_array().at(0).as_string()}; }

    /// The invoice of money that came before it, once it is there: paid from the account. Answers whether that is done with.
    bool settle_prepaid(store::Tx& tx, const Line& line, Date date) {
        const auto item = by_document_.find(later_of(line));
        if (item == by_document_.end()) return line.returned;
        if (!line.returned && line.by_person) pay_later_document(tx, context_, *line.item, item->second, date);
        return true;
    }

    /// The clerk: what is true, by hand; also who the payer is, which is learned.
    void answer(store::Tx& tx, Line& line, Date date) {
        if (!line.item || line.returned || line.by_person) return;
        const auto receipt = *cash::receipt(tx, std::to_string(line.item->value));
        const bool open = receipt.state == cash::State::queued || receipt.state == cash::State::unidentified || receipt.state == cash::State::partly;
        if (!open) return;
        line.decision = describe(tx, line);
        line.by_person = true;
        const auto number = receipt.number;
        const auto kind = text(line.truth, "kind");
        if (kind != "customer") {
            must_status(cash::not_receivable_by_hand(tx, context_, clerk, number, kind), number);
            return;
        }
        const auto& who = line.truth.at("customers").as_array();
        if (who.empty()) return;
        if (!receipt.customer) {
            // An account is the payer's; a person's, a payment service's or an agent's is nobody's of ours.
            const auto sender = text(line.truth, "who");
            cash::Settings teach = world_.cash;
            if (sender != "own" && sender != "own_other_account") teach.learn_account_after = teach.learn_name_after = 0;
            must_status(cash::identify_by_hand(tx, context_, clerk, number, customers_.at(std::string{who[0].as_string()}), teach), number);
        }
        post(tx, line, date);
    }

    /// What is true of it, posted by hand. Other money that the matcher had applied to these documents wrongly comes to light
    /// now: its decision stays as it was made, and its own truth is posted in its place.
    void post(store::Tx& tx, const Line& line, Date date) {
        std::vector<Line*> corrected;
        for (const auto id : settled_by_others(tx, true_shares(tx, line.truth, by_document_), *line.item)) {
            const auto at = by_item_.find(id.value);
            if (at == by_item_.end()) continue;
            auto& other = lines_[at->second];
            if (other.by_person || other.returned || text(other.truth, "kind") != "customer" || is_true(tx, other)) continue;
            other.decision = describe(tx, other);
            other.by_person = true;
            must_status(undo_all(tx, context_, id, date), text(other.receipt, "id"));
            corrected.push_back(&other);
        }
        must_status(post_truth(tx, context_, *line.item, true_shares(tx, line.truth, by_document_), date), text(line.receipt, "id"));
        for (const auto* other : corrected) post(tx, *other, date);
    }
    /// All that it was applied to is what it pays, also where nobody could know.
    bool is_true(store::Db& db, const Line& line) const {
        const auto shares = true_shares(db, line.truth, by_document_);
        for (const auto& one : ledger::applications(db, {}, *line.item))
            if (!one.undone && std::none_of(shares.begin(), shares.end(), [&](auto& share) { return share.item == one.debit; })) return false;
        return true;
    }

    static void must_status(const Status& status, const std::string& about) {
        if (!status) must<int>(fail(status.error()), about);
    }

    void write_decisions() {
        std::ofstream out{folder_ + "/decisions.jsonl"};
        test_.read([&](store::Db& db) {
            for (auto& line : lines_) {
                if (line.item && !line.by_person && !line.returned) line.decision = describe(db, line);
                out << line.decision << '\n';
            }
        });
        const auto seconds = [](auto span) { return std::chrono::duration<double>(span).count(); };
        std::printf("%zu receipts: loading %.1f s, matching %.1f s, %d moved\n", lines_.size(), seconds(loading_), seconds(matching_), moved_);
    }

    std::string folder_;
    World world_;
    // add_credit_memos asks by cause, which nobody else does.
    store::TestStore test_{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations(),
                            {{9'000, "bench", "CREATE INDEX bench_cause ON journal_entry (cause_id, cause_kind)"}}}};
    ledger::Context context_{world_.books, test_.clock, {}};
    std::map<std::string, CustomerId, std::less<>> customers_;
    std::vector<json::object> items_, advices_;
    std::vector<Line> lines_;
    std::map<std::string, OpenItemId, std::less<>> by_document_;
    std::map<std::int64_t, std::size_t> by_item_;
    std::size_t next_item_ = 0, next_advice_ = 0;
    std::vector<std::size_t> unanswered_, prepaid_;   ///< places in lines_
    std::chrono::steady_clock::duration loading_{}, matching_{};
    int moved_ = 0;
};

}  // namespace
}  // namespace owed::accuracy

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "owed-accuracy DIR | --speed: DIR holds what generate.py wrote\n");
        return 64;
    }
    if (std::string_view{argv[1]} == "--speed") return owed::accuracy::measure_speed();
    owed::accuracy::Bench{argv[1]}.run();
    return 0;
}
