// Readings by what the payer names: structured references and document numbers.
#include <algorithm>

#include "cash/detail/matcher.hpp"
#include "ledger/ledger.hpp"

namespace owed::cash::detail {
namespace {

constexpr std::size_t hits_max = 8;          ///< documents that one short number may fit before it says nothing
constexpr std::size_t reference_digits_min = 12;  ///< so many, with a check digit, are nobody's running number
constexpr std::size_t range_max = 60;        ///< "4711-4770": numbers between the ends

std::vector<std::string_view> words_with_digits(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find(' ', start), text.size());
        const auto word = text.substr(start, end - start);
        start = end + 1;
        if (digit_count(word) > 0) words.push_back(word);
    }
    return words;
}

bool is_year(std::string_view digits) { return digits.size() == 4 && digits >= "1990" && digits < "2100"; }

/// "INV-2025-0042" in 2026: a document of last year that is not in the books is no document to come.
bool has_past_year(std::string_view number, Date day) {
    for (std::size_t start = 0; start < number.size();) {
        const auto first = number.find_first_of("0123456789", start);
        if (first == number.npos) return false;
        const auto end = std::min(number.find_first_not_of("0123456789", first), number.size());
        const auto run = number.substr(first, end - first);
        if (is_year(run) && run < std::to_string(day.year())) return true;
        start = end;
    }
    return false;
}

/// Letters and all: "PO 4711" is the document PO-4711, whatever else a PO may be.
bool is_whole(const Token& token, bool full) { return full && token.key.find_first_not_of("0123456789") != std::string::npos; }

}  // namespace

std::vector<ItemView> items_of(const std::vector<Mention>& mentions) {
    std::vector<ItemView> items;
    items.reserve(mentions.size());
    for (const auto& one : mentions) items.push_back(one.item);
    return items;
}

How strongest(const std::vector<Mention>& mentions) {
    auto how = How::nothing;
    for (const auto& one : mentions) how = std::min(how, one.how);
    return how;
}

std::string_view stage_of(How how) {
    switch (how) {
        case How::reference: return "structured_reference";
        case How::advice: return "remittance_advice";
        case How::document: case How::counter: case How::range: return "document_number";
        case How::order: return "order_number";
        case How::slip: case How::beginning: return "near_number";
        case How::notice: return "notice";
        case How::nothing: return "exact_amount";
    }
    return "exact_amount";
}

std::string_view where_of(How how) { return how == How::reference ? "the payment reference" : "the remittance text"; }

void Matcher::mention(Mention one) {
    const bool foreign = one.item.currency != currency_;
    if (foreign && (one.item.residual <= 0 || one.unsure || (one.how != How::reference && one.how != How::document))) return;
    auto& list = foreign ? foreign_ : one.item.residual != 0 ? open_ : settled_;
    for (auto& known : list)
        if (known.item.item == one.item.item) {
            if (std::tie(one.unsure, one.ppm) < std::tie(known.unsure, known.ppm)) known = std::move(one);
            return;
        }
    list.push_back(std::move(one));
}

void Matcher::mention_token(std::uint32_t at) {
    const auto& token = reading_.tokens[at];
    // "2041/25" was found as one number, so it is no list.
    if (token.part_of < token_hit_.size() && token_hit_[token.part_of]) {
        inside_[at] = token_hit_[at] = true;
        return;
    }
    // "INV-2026-0042" was found: the 2026 and the 42 in it are not two more.
    for (const auto other : found_in_full_)
        if (const auto& whole = reading_.tokens[other].raw; whole.size() > token.raw.size() && whole.find(token.raw) != std::string::npos) {
            inside_[at] = token_hit_[at] = true;
            return;
        }
    Items hits;
    lookup_.by_document(receipt_.entity, token.key, hits);
    const auto digits = digit_count(token.key);
    const bool says_else = token.date_like || token.cue == Cue::order || token.cue == Cue::customer || token.cue == Cue::other;
    const bool all_foreign = !hits.empty() && std::all_of(hits.begin(), hits.end(), [&](const ItemView& item) { return item.currency != currency_ && item.residual > 0; });
    if (const auto letters = token.key.size() > digits + 1 ? 1U : 0U; all_foreign && !says_else && named_by_number(digits + letters, true) <= named_strongly) {
        // Ours, and paid in another money.
        token_hit_[at] = true;
        found_in_full_.push_back(at);
        for (const auto& item : hits) mention({item, How::document, named_by_number(digits + letters, true), at});
        return;
    }
    std::erase_if(hits, [&](const ItemView& item) { return item.currency != currency_; });
    bool full = !hits.empty();
    const auto is_his = [&](const ItemView& item) { return payer_.tie_to(item.customer) < Tie::unknown; };
    // "0002 414 009" is a stranger's 24149 when each word loses its zeros, and the payer's 0002414009 when they are read as one;
    // "039041" is a stranger's 39041 in full, and the counter of the payer's INV-2026-039041.
    if (full && token.counter && token.digits.size() >= 5 && std::none_of(hits.begin(), hits.end(), is_his)) {
        Items his;
        lookup_.by_counter(receipt_.entity, token.digits, his);
        std::erase_if(his, [&](auto& item) { return !is_his(item); });
        if (!his.empty()) {
            hits = std::move(his);
            full = false;
        }
    }
    if (!full && digits >= 8) {
        // National references of digits alone stand in free text without their name. A short one may be any running number: it names
        // its document as a number does, and proves nothing by itself.
        lookup_.by_reference(receipt_.entity, token.digits, hits);
        for (const auto& item : hits) mention({item, digits >= reference_digits_min ? How::reference : How::document, named_by_reference * 4, at});
        if (!hits.empty()) token_hit_[at] = true;
        if (!hits.empty()) return;
    }
    const bool said = token.cue == Cue::document || token.declared;
    const auto written = digit_count(token.raw);
    if (!full && token.counter && (token.digits.size() >= 4 || (token.digits.size() >= 2 && written >= 4) || (token.digits.size() == 3 && said)))
        lookup_.by_counter(receipt_.entity, token.digits, hits);
    std::erase_if(hits, [&](const ItemView& item) { return item.currency != currency_; });
    // "Abschlag Maerz 2026": a year stands in every other text, so only the amount makes a document of it.
    const bool year = !said && is_year(token.digits) && (!full || token.letters().empty());
    if (year) std::erase_if(hits, [&](const ItemView& item) { return !is_due(item) && !closes_by(item, receipt_.amount.units()); });
    if (hits.empty()) return;
    token_hit_[at] = true;
    if (full) found_in_full_.push_back(at);
    if (hits.size() > 1) {
        // Several documents have this number: the payer's are meant, if any are his.
        if (std::any_of(hits.begin(), hits.end(), is_his)) std::erase_if(hits, [&](auto& item) { return !is_his(item); });
    }
    if (hits.size() > hits_max) return;
    auto ppm = named_by_number(full ? std::max(digits, token.key.size() > digits + 1 ? digits + 1 : digits) : token.digits.size(), full);
    const auto times = [&](std::int64_t factor) { ppm = std::min<std::int64_t>(ppm * factor / million, million); };
    if (token.cue == Cue::document) times(said_so);
    if (token.declared) times(said_so);
    if (token.cue >= Cue::order && !is_whole(token, full)) times(other_kind_of_number);
    if (token.joined && !full) times(put_together);
    if (token.date_like || (is_year(token.digits) && token.cue == Cue::none)) times(put_together);
    const auto foreign = [&](const ItemView& item) { return !full && has_foreign_letters(token, ledger::document_key(item.document)); };
    for (const auto& item : hits) mention({item, full ? How::document : How::counter, ppm, at, year || (token.date_like && !said) || foreign(item)});
}

void Matcher::find_mentions() {
    for (std::uint32_t i = 0; i < reading_.references.size(); ++i) {
        Items hits;
        lookup_.by_reference(receipt_.entity, reading_.references[i], hits);
        for (const auto& item : hits) mention({item, How::reference, named_by_reference, i});
    }
    for (const bool joined : {false, true})   // whole words first
        for (std::uint32_t i = 0; i < reading_.tokens.size(); ++i)
            if (reading_.tokens[i].joined == joined) mention_token(i);
    for (const auto& range : reading_.ranges) {
        if (range.first.size() > 12 || range.first.size() != range.last.size()) continue;
        const auto first = std::stoll(range.first), last = std::stoll(range.last);
        if (last - first > static_cast<long long>(range_max)) continue;
        for (auto number = first + 1; number < last; ++number) {
            auto digits = std::to_string(number);
            Items hits;
            lookup_.by_counter(receipt_.entity, digits, hits);
            if (hits.size() == 1) mention({hits.front(), How::range, named_by_number(digits.size(), false), 0});
        }
    }
    note_words_of_found();
    drop_overlaps();
    doubt_lists();
    for (std::uint32_t i = 0; i < reading_.tokens.size(); ++i) {
        const auto& token = reading_.tokens[i];
        if (token_hit_[i] || token.joined || token.date_like || token.digits.size() < 4) continue;
        if (token.raw.find(' ') != std::string::npos) continue;   // "NO 4711": its words are looked at one by one
        if (token.cue == Cue::document) names_past_year_ = names_past_year_ || has_past_year(token.raw, receipt_.value_date);
        if (token.cue == Cue::document || token.declared || (token.cue == Cue::none && token.digits.size() >= 5 && token.counter))
            if (!lookup_.by_number(receipt_.entity, token.raw) && !is_cut(token.raw))
                unknown_number_ = unknown_number_ || token.cue == Cue::document || token.declared;
        unknown_number_ = unknown_number_ || (token.cue == Cue::none && is_one_to_come(token));
        if (token.cue == Cue::order) unknown_number_ = true;   // an order whose items are known is tried before
    }
}

/// Words of a number that was put together and found are no numbers of their own: "2302 4" is 23024, and 2302 is no slip of 23052;
/// nor are its two ends around the bank's line break, "900012663" and "1".
void Matcher::note_words_of_found() {
    for (const auto found : found_in_full_) {
        const auto& whole = reading_.tokens[found];
        if (!whole.joined && whole.raw.find(' ') == std::string::npos) continue;
        const auto words = words_with_digits(whole.raw);
        const auto is_part = [&](std::string_view word) {
            if (std::find(words.begin(), words.end(), word) != words.end()) return true;
            return words.size() == 1 && word.size() < words[0].size() && (words[0].starts_with(word) || words[0].ends_with(word));
        };
        for (std::uint32_t at = 0; at < reading_.tokens.size(); ++at) {
            if (at == found || token_hit_[at]) continue;
            const auto parts = words_with_digits(reading_.tokens[at].raw);
            if (std::all_of(parts.begin(), parts.end(), is_part)) inside_[at] = token_hit_[at] = true;
        }
    }
}

/// "4711/4712" names both. Where only one of them is a document of ours, the other one may make it part of something else.
void Matcher::doubt_lists() {
    const auto is_complete = [&](const Token& one) {
        std::vector<bool> found(one.members, false);
        for (std::uint32_t at = 0; at < reading_.tokens.size(); ++at)
            if (const auto& token = reading_.tokens[at]; token.part_of == one.part_of && token.member < found.size() && token_hit_[at]) found[token.member] = true;
        return std::find(found.begin(), found.end(), false) == found.end();
    };
    for (auto* list : {&open_, &settled_})
        for (auto& one : *list)
            if (one.how == How::document || one.how == How::counter)
                if (const auto& token = reading_.tokens[one.token]; token.part_of != Token::none) one.unsure = one.unsure || !is_complete(token);
}

/// "INV 2024 0042" is one number; the 2024 and the 42 in it are not two more.
void Matcher::drop_overlaps() {
    const auto inside = [&](const Mention& small, const Mention& large) {
        if (small.item.item == large.item.item || large.how != How::document || small.how == How::reference) return false;
        const auto& a = reading_.tokens[small.token];
        const auto& b = reading_.tokens[large.token];
        return small.token != large.token && a.raw.size() < b.raw.size() && b.raw.find(a.raw) != std::string::npos;
    };
    for (auto* list : {&open_, &settled_}) {
        Mentions kept;
        for (const auto& one : *list) {
            const bool part_of_another = one.how != How::range && one.how != How::reference &&
                                         (std::any_of(open_.begin(), open_.end(), [&](auto& other) { return inside(one, other); }) ||
                                          std::any_of(settled_.begin(), settled_.end(), [&](auto& other) { return inside(one, other); }));
            if (!part_of_another) kept.push_back(one);
        }
        *list = std::move(kept);
    }
}

std::int64_t Matcher::named_ppm(const Mentions& mentions) const {
    auto ppm = million;
    for (const auto& one : mentions) ppm = std::min(ppm, one.ppm);
    for (std::size_t i = 1; i < mentions.size() && i < 6; ++i) ppm = std::max<std::int64_t>(ppm * one_more_named / million, 1);
    return ppm;
}

void Matcher::try_named(Mentions mentions) {
    if (mentions.empty()) return;
    auto items = items_of(mentions);
    const auto how = strongest(mentions);
    if (auto fit = closing_fit(payment_for(items), items, settings_)) {
        auto why = std::string{where_of(how)} + " names " + names_of(items);
        const auto floor = unconfirmed_ppm(mentions, fit->kind);
        consider({.stage = stage_of(how), .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = how, .why = std::move(why),
                  .at_least_ppm = floor}, named_ppm(mentions));
        return;
    }
    try_part_of_named(mentions);
    try_completion(mentions);
    try_filling(mentions);
}

/// Some of what is named adds up: a number that only looked like one of ours, or a list of all that is open.
void Matcher::try_part_of_named(const Mentions& mentions) {
    if (mentions.size() < 2) return;
    std::vector<std::int64_t> values;
    for (const auto& one : mentions) values.push_back(one.item.residual);
    bool several = false;
    const auto chosen = unique_subset(values, receipt_.amount.units(), several);
    if (chosen.empty()) return;
    Mentions part;
    for (const auto i : chosen) part.push_back(mentions[i]);
    auto items = items_of(part);
    auto fit = closing_fit(payment_for(items), items, settings_);
    if (!fit) return;
    const auto how = strongest(part);
    auto why = std::string{where_of(how)} + " names " + names_of(items) + " among others";
    auto ppm = named_ppm(part);
    const auto floor = unconfirmed_ppm(part, fit->kind);
    ppm = std::max(ppm, std::min<std::int64_t>(accident_ppm(mentions.size(), part.size(), receipt_.amount.units()), million));
    consider({.stage = stage_of(how), .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = how, .why = std::move(why),
              .at_least_ppm = floor}, ppm);
}

namespace {

/// At most a twentieth of each of them.
bool is_little(std::int64_t missing, const std::vector<ItemView>& items) {
    return std::all_of(items.begin(), items.end(), [&](auto& item) { return missing * 20 <= item.residual; });
}

}  // namespace

void Matcher::try_filling(const Mentions& mentions) {
    auto items = items_of(mentions);
    auto fit = filling_fit(payment_for(items), items, settings_);
    const auto how = strongest(mentions);
    auto ppm = named_ppm(mentions);
    std::int64_t floor = 0;
    std::vector<std::string> against;
    if (fit.kind == FitKind::part) {
        ppm = ppm * 3 / 2;
        // Of several that are named, nobody knows which was paid short; but when so little is missing that each was meant to be paid, it
        // stays open (DOMAIN section 7).
        if (items.front().residual < 0 || (items.size() > 1 && !is_little(fit.difference, items))) floor = 6 * only_proposed;
    } else {
        // Money that would stay might be for another open item: one of exactly that amount, or, after a list, any that the
        // bank cut off.
        bool more_open = false;
        for (const auto& item : items)
            for (const auto& other : open_items_of(item.customer))
                more_open = more_open || (other.residual > 0 && (items.size() > 1 ? other.residual <= fit.on_account : other.residual == fit.on_account) &&
                                          std::none_of(items.begin(), items.end(), [&](auto& one) { return one.item == other.item; }));
        if (more_open) floor = 6 * only_proposed;
        against.push_back(to_text(Money::minor(fit.on_account, currency_)) + " " + std::string{currency_.text()} + " would stay on account");
    }
    auto why = std::string{where_of(how)} + " names " + names_of(items);
    consider({.stage = stage_of(how), .items = std::move(items), .fit = std::move(fit), .doubt = {}, .how = how, .why = std::move(why),
              .against = std::move(against), .at_least_ppm = floor}, ppm);
}

/// All that is named; then what is named strongly; then what is the payer's or each customer's own.
void Matcher::try_groups() {
    const auto before = found_.size();
    try_named(open_);
    if (found_.size() > before && open_.size() == 1) return;
    const auto differs = [&](const Mentions& part) { return !part.empty() && part.size() < open_.size(); };
    Mentions strong, his;
    for (const auto& one : open_) {
        if (one.ppm <= 10'000) strong.push_back(one);
        if (payer_.tie_to(one.item.customer) < Tie::unknown) his.push_back(one);
    }
    if (differs(strong)) try_named(strong);
    if (differs(his)) try_named(his);
    std::vector<CustomerId> customers;
    for (const auto& one : open_)
        if (std::find(customers.begin(), customers.end(), one.item.customer) == customers.end()) customers.push_back(one.item.customer);
    if (customers.size() < 2 || customers.size() > 5) return;
    for (const auto customer : customers) {
        Mentions own;
        for (const auto& one : open_)
            if (one.item.customer == customer) own.push_back(one);
        try_named(own);
    }
}

bool closes_by(const ItemView& item, std::int64_t units) {
    return item.original == units ||
           std::any_of(item.discounts.begin(), item.discounts.end(), [&](const auto& offer) { return item.original - offer.units == units; });
}

namespace {

/// A stronger fact than what settled the document: by its reference or its full number, against payer and amount alone.
bool may_move(const Mention& mention, const Lookup::Settlement& settlement) {
    static constexpr std::string_view weak[] = {"exact_amount", "subset", "clear_account", "clear_past_due", "clear_past_due_by_term", "oldest_first"};
    if (mention.how != How::reference && mention.how != How::advice && !(mention.how == How::document && mention.ppm <= 1'500)) return false;
    return std::find(std::begin(weak), std::end(weak), settlement.stage) != std::end(weak);
}

}  // namespace

/// The money that settles it now would have something else to pay, or this money is somebody else's. Otherwise nothing is won by
/// moving it: the customer has paid the same document twice, once without and once with its number.
bool Matcher::has_other_home(const Mention& mention, const Lookup::Settlement& settlement) {
    const auto& settled = mention.item;
    // A stranger who has the reference has the document; a number anybody may have written.
    if (mention.how <= How::advice && payer_.tie_to(settled.customer) >= Tie::alike) return true;
    const auto& open = open_items_of(settled.customer);
    // A document that came later cannot have been meant by money that was there before it.
    if (settlement.stage == "exact_amount")
        return std::any_of(open.begin(), open.end(), [&](const auto& item) {
            return item.residual == settled.original && (!settlement.decided || item.document_date <= *settlement.decided);
        });
    std::int64_t sum = 0;
    for (const auto& item : open) sum += std::max<std::int64_t>(item.residual, 0);
    return sum >= settled.original;
}

/// A document that is settled, at its full amount: the customer paid it twice.
void Matcher::try_paid_twice() {
    const auto paid = receipt_.amount.units();
    for (const auto& one : settled_) {
        if (one.item.original <= 0 || one.item.written_off || !closes_by(one.item, paid) || one.ppm > 100'000) continue;
        // An open item of that amount besides: an old number was copied, or it is paid twice. Nobody can tell.
        const auto& open = open_items_of(one.item.customer);
        const bool either = std::any_of(open.begin(), open.end(), [&](auto& item) { return item.residual == paid; });
        const auto settlement = lookup_.settlement(one.item.item);
        if (may_move(one, settlement) && has_other_home(one, settlement)) continue;
        // Money of a stranger is not booked to anybody by an old number alone.
        const auto tie = payer_.tie_to(one.item.customer);
        const bool stranger = tie >= Tie::alike;
        auto why = std::string{where_of(one.how)} + " names " + name_of(one.item) + ", which is settled already" +
                   (settlement.by.empty() ? std::string{} : " by " + settlement.by) + "; perhaps paid twice";
        Fit fit{FitKind::over, {}, paid, 0};
        consider({.stage = "paid_twice", .items = {}, .fit = std::move(fit), .doubt = {}, .how = one.how, .customer = one.item.customer,
                  .why = std::move(why), .at_least_ppm = either || stranger ? 6 * only_proposed : 0}, one.ppm);
    }
}

/// A stronger fact moves what an earlier run applied by amount alone: the reference says whose money settles this document.
void Matcher::try_moves() {
    for (const auto& one : settled_) {
        if (one.item.original != receipt_.amount.units() || one.unsure || one.item.written_off) continue;
        const auto settlement = lookup_.settlement(one.item.item);
        if (!may_move(one, settlement) || !has_other_home(one, settlement)) continue;
        auto item = one.item;
        item.residual = item.original;
        Items items{item};
        Fit fit{FitKind::exact, {Share{.cash = item.original}}, 0, 0};
        auto why = std::string{where_of(one.how)} + " names " + name_of(item) + ", which " + settlement.by +
                   " had settled by amount alone; that application is undone";
        consider({.stage = stage_of(one.how), .items = std::move(items), .fit = std::move(fit), .doubt = {}, .how = one.how, .why = std::move(why),
                  .reopen = {one.item.item}}, one.ppm);
    }
}

}  // namespace owed::cash::detail
