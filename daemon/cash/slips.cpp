// Readings by numbers that are nearly ours, and by order numbers: only where the payer or the amount confirms them.
#include <algorithm>

#include "cash/detail/matcher.hpp"
#include "ledger/ledger.hpp"

namespace owed::cash::detail {
namespace {

constexpr std::size_t same_order_max = 40;   ///< open documents of one order or contract

}  // namespace

/// One slip away from a document's number or its counter, or the beginning of it at the end of a cut text.
std::vector<Mention> Matcher::slips_in(const Items& pool) const {
    // A number that names a document of the payer's in full stands for that one: in a list of neighbours it is a slip of the next.
    std::vector<std::string_view> taken;
    for (const auto& one : open_)
        if (one.how == How::document && payer_.tie_to(one.item.customer) < Tie::unknown) taken.push_back(reading_.tokens[one.token].digits);
    Mentions found;
    for (const auto& item : pool) {
        const auto key = ledger::document_key(item.document);
        const auto counters = counters_of(item.document);
        const bool padded = !item.document.empty() && item.document.front() == '0';   // a key has no zeros in front, and a slip may hit one
        const auto reference = item.payment_reference.empty() ? std::string{} : ledger::document_key(item.payment_reference);
        std::optional<Mention> best;
        const auto better = [&](How how, std::int64_t ppm, std::uint32_t token) {
            if (!best || ppm < best->ppm) best = Mention{item, how, ppm, token};
        };
        for (const auto& broken : reading_.broken)
            if (!reference.empty() && one_slip_apart(broken, reference)) better(How::slip, named_by_slip(9), 0);
        for (std::uint32_t at = 0; at < reading_.tokens.size(); ++at) {
            const auto& token = reading_.tokens[at];
            const auto digits = token.digits.size();
            if (inside_[at] || std::find(taken.begin(), taken.end(), token.digits) != taken.end() || token.cue == Cue::customer || token.cue == Cue::other) continue;
            if (digits < 4 && !(digits == 3 && token.cue == Cue::document)) continue;
            if (token.shorthand) continue;   // a tail that nobody wrote out has no slip
            if (token.key.size() >= 5 && (one_slip_apart(token.key, key) || (padded && one_slip_apart(token.raw, item.document)))) better(How::slip, named_by_slip(digit_count(key)), at);
            if (!reference.empty() && token.key.size() >= 8 && one_slip_apart(token.key, reference)) better(How::slip, named_by_slip(9), at);
            if (token.counter)
                for (const auto& counter : counters)
                    if (counter.size() >= 4 && one_slip_apart(token.digits, counter)) {
                        better(How::slip, named_by_slip(std::min(digits, counter.size())), at);
                        if (best->token == at) best->unsure = has_foreign_letters(token, key);
                    }
            if (token.at_end && token.key.size() >= 4 && token.key.size() < key.size() && key.compare(0, token.key.size(), token.key) == 0)
                better(How::beginning, named_by_beginning, at);
        }
        if (best) found.push_back(std::move(*best));
    }
    return found;
}

/// The number stands in the books in full, with just this amount: whoever wrote it may have meant that one, and no slip. Null: it does not.
const Mention* Matcher::contested(const Mention& slip) const {
    if (slip.how != How::slip && slip.how != How::beginning) return nullptr;
    const auto at = std::find_if(open_.begin(), open_.end(), [&](const Mention& one) {
        return one.how == How::document && one.item.item != slip.item.item && is_due(one.item) && slip.token < reading_.tokens.size() &&
               reading_.tokens[one.token].digits == reading_.tokens[slip.token].digits;
    });
    return at == open_.end() ? nullptr : &*at;
}

/// The same from the other side: who is known as another customer owes this amount himself under a number that is nearly this one.
void Matcher::doubt_named(const Mention& named, const Mention& slip) {
    if (payer_.tie_to(named.item.customer) < Tie::unknown || payer_.tie_to(slip.item.customer) >= Tie::unknown) return;
    for (auto& one : found_) {
        if (one.how == How::slip || one.items.size() != 1 || one.items.front().item != named.item.item) continue;
        one.doubt.at_least(4 * only_proposed);
        one.but = std::string{slip.item.document} + ", which is nearly that number, is open with this amount too and is the payer's own";
    }
}

void Matcher::try_slips() {
    if (reading_.tokens.empty() && reading_.broken.empty()) return;
    Items pool;
    const auto add = [&](const Items& items) {
        for (const auto& item : items)
            if (item.currency == currency_ && std::none_of(open_.begin(), open_.end(), [&](auto& one) { return one.item.item == item.item; }) &&
                std::none_of(pool.begin(), pool.end(), [&](auto& one) { return one.item == item.item; }))
                pool.push_back(item);
    };
    for (const auto& likely : payer_.likely())
        if (pool.size() < 600) add(open_items_of(likely.customer));
    Items same;
    lookup_.by_amount(receipt_.entity, receipt_.amount, same_amount_max, same);
    add(same);
    // Documents of anybody, by an order that the payer quotes: he may pay for one whom master data do not know as his.
    Items quoted;
    for (const auto& token : reading_.tokens)
        if (!token.joined && !token.date_like && token.digits.size() >= 4) lookup_.by_order(receipt_.entity, token.raw, same_order_max, quoted);
    add(quoted);
    if (pool.empty()) return;
    try_orders(pool);
    const auto slips = slips_in(pool);
    if (slips.empty()) return;
    // What was read in full, but for numbers that hit a stranger's document; and the slips of each number that is left.
    Mentions sure;
    for (const auto& one : open_)
        if (one.ppm <= 60'000 && payer_.tie_to(one.item.customer) < Tie::unknown) sure.push_back(one);
    std::vector<Mentions> choices;
    for (const auto& one : slips) {
        // The same digits may stand in two tokens: alone, and joined with the word before.
        const auto same_number = [&](const Mention& known) {
            return known.how != How::reference && (known.token == one.token || reading_.tokens[known.token].digits == reading_.tokens[one.token].digits);
        };
        // Whoever pays: the number of a settled document of the customer's is no slip of his next one's, but perhaps a second payment.
        const auto settled_his = [&](const Mention& known) {
            return same_number(known) && ((known.item.customer == one.item.customer && known.ppm <= named_strongly) || payer_.tie_to(known.item.customer) < Tie::unknown);
        };
        if (std::any_of(sure.begin(), sure.end(), same_number) || std::any_of(settled_.begin(), settled_.end(), settled_his)) continue;
        const auto known_token = std::find_if(choices.begin(), choices.end(), [&](auto& list) { return list.front().token == one.token; });
        if (known_token == choices.end()) choices.push_back({one});
        else known_token->push_back(one);
    }
    const auto say = [&](const Mentions& mentions) {
        Items items;
        for (const auto& one : mentions) items.push_back(one.item);
        const auto& reference = items.front().payment_reference;
        if (items.size() == 1 && !reference.empty() && std::any_of(reading_.broken.begin(), reading_.broken.end(), [&](auto& broken) { return one_slip_apart(broken, ledger::document_key(reference)); }))
            return "the payment reference is nearly that of " + names_of(items);
        std::string text = "the remittance text nearly names " + names_of(items);
        if (mentions.back().token < reading_.tokens.size()) text += " (\"" + reading_.tokens[mentions.back().token].raw + "\")";
        return text;
    };
    const auto attempt = [&](const Mentions& mentions) {
        Items items;
        for (const auto& one : mentions) items.push_back(one.item);
        auto fit = closing_fit(payment_for(items), items, settings_);
        const bool part = !fit && mentions.size() == 1;
        if (!fit && !part) return;
        auto ppm = named_ppm(mentions);
        if (part) {
            fit = filling_fit(payment_for(items), items, settings_);
        }
        const auto kind = fit->kind;
        // A slip and another amount confirm nothing; one short by a bank's charge, hardly.
        const bool short_of_it = kind == FitKind::bank_fee || kind == FitKind::unearned_discount;
        const bool cut = std::any_of(mentions.begin(), mentions.end(), [](auto& one) { return one.how == How::beginning; });
        auto floor = part || (short_of_it && cut) ? 2 * only_proposed : std::max(short_of_it ? nearly_within_cents : 0, unconfirmed_ppm(mentions, kind));
        std::string but;
        for (const auto& one : mentions)
            if (const auto* whole = contested(one)) {
                floor = std::max(floor, 2 * only_proposed);
                but = std::string{whole->item.document} + " itself is open with this amount" + of_customer(whole->item);
                doubt_named(*whole, one);
            }
        consider({.stage = "near_number", .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = How::slip, .why = say(mentions),
                  .against = but.empty() ? std::vector<std::string>{} : std::vector<std::string>{but}, .but = but, .at_least_ppm = floor}, ppm);
    };
    if (const auto all = the_one_combination(sure, choices); all.size() > 1) attempt(all);
    for (const auto& one : slips) {
        // A number that is one of the payer's own, open or settled, has not slipped; nor one of the same customer's, whoever pays.
        const auto his = [&](const Mention& known) {
            return known.how != How::reference &&
                   (payer_.tie_to(known.item.customer) < Tie::unknown || (known.item.customer == one.item.customer && known.ppm <= named_strongly)) &&
                   (known.token == one.token || reading_.tokens[known.token].digits == reading_.tokens[one.token].digits);
        };
        if (std::none_of(open_.begin(), open_.end(), his) && std::none_of(settled_.begin(), settled_.end(), his)) attempt({one});
    }
}

/// With one meaning for each number that slipped, the sum must be the amount; empty when none or several do so.
std::vector<Mention> Matcher::the_one_combination(const Mentions& sure, const std::vector<Mentions>& choices) const {
    constexpr std::size_t combinations_max = 200;
    std::size_t combinations = 1;
    for (const auto& list : choices) combinations *= list.size();
    if (choices.empty() || choices.size() > 4 || combinations > combinations_max) return {};
    Mentions found;
    for (std::size_t at = 0; at < combinations; ++at) {
        auto mentions = sure;
        auto rest = at;
        bool twice = false;
        for (const auto& list : choices) {
            const auto& one = list[rest % list.size()];
            rest /= list.size();
            twice = twice || std::any_of(mentions.begin(), mentions.end(), [&](auto& known) { return known.item.item == one.item.item; });
            mentions.push_back(one);
        }
        if (twice) continue;
        Items items;
        for (const auto& one : mentions) items.push_back(one.item);
        const auto fit = closing_fit(payment_for(items), items, settings_);
        if (!fit || fit->kind > FitKind::late_discount) continue;
        if (!found.empty()) return {};
        found = std::move(mentions);
    }
    return found;
}

/// The payer writes an order, delivery or contract number that none of the items has: by the word before it, or because it begins
/// as theirs do ("SO-").
bool Matcher::names_no_order_of(const Items& pool, const Mentions& found) const {
    const auto letters = [](std::string_view key) { return key.substr(0, key.find_first_of("0123456789")); };
    std::vector<std::string> beginnings;
    for (const auto& item : pool)
        for (std::size_t start = 0; start < item.order.size();) {
            const auto end = std::min(item.order.find('\n', start), item.order.size());
            const auto key = ledger::document_key(item.order.substr(start, end - start));
            start = end + 1;
            if (std::string beginning{letters(key)}; !beginning.empty() && std::find(beginnings.begin(), beginnings.end(), beginning) == beginnings.end())
                beginnings.push_back(std::move(beginning));
        }
    for (std::uint32_t at = 0; at < reading_.tokens.size(); ++at) {
        const auto& token = reading_.tokens[at];
        if (token_hit_[at] || token.joined || token.digits.size() < 4 || token.raw.find(' ') != std::string::npos) continue;
        if (std::any_of(found.begin(), found.end(), [&](auto& one) { return one.token == at; })) continue;
        const auto beginning = letters(token.key);
        if (token.cue == Cue::order || (!beginning.empty() && std::find(beginnings.begin(), beginnings.end(), beginning) != beginnings.end())) return true;
    }
    return false;
}

/// The customer's purchase order, our order, delivery or contract number instead of the invoice's.
void Matcher::try_orders(const Items& pool) {
    Mentions all;
    for (const auto& item : pool) {
        std::optional<Mention> best;
        for (std::size_t start = 0; start < item.order.size();) {
            const auto end = std::min(item.order.find('\n', start), item.order.size());
            const auto key = ledger::document_key(item.order.substr(start, end - start));
            start = end + 1;
            if (key.size() < 4) continue;
            const auto digits = digit_count(key);
            for (std::uint32_t at = 0; at < reading_.tokens.size(); ++at) {
                const auto& token = reading_.tokens[at];
                // In full, or its digits without the letters in front.
                const bool same = token.key == key || (token.digits.size() >= 5 && token.counter && digits == token.digits.size() && key.size() > digits &&
                                                       key.compare(key.size() - digits, std::string::npos, token.digits) == 0);
                const auto ppm = (digits >= 6 ? named_by_order : named_by_short_order) * (token.cue == Cue::order ? said_so : million) / million;
                if (same && (!best || ppm < best->ppm)) best = Mention{item, How::order, ppm, at};
            }
        }
        if (best) all.push_back(std::move(*best));
    }
    ordered_ = all;
    unknown_order_ = names_no_order_of(pool, all);
    if (all.empty()) return;
    const auto attempt = [&](const Mentions& mentions) {
        Items items;
        for (const auto& one : mentions) items.push_back(one.item);
        auto fit = closing_fit(payment_for(items), items, settings_);
        auto ppm = named_ppm(mentions);
        if (!fit) {
            if (mentions.size() != 1) return;
            fit = filling_fit(payment_for(items), items, settings_);
        }
        // An order or a contract has several documents: another amount says nothing about which.
        std::int64_t floor = 0;
        if (fit->kind >= FitKind::unearned_discount)
            floor = all.size() == 1 && payer_.tie_to(items.front().customer) <= Tie::cut_name ? order_with_another_amount : 2 * only_proposed;
        floor = std::max(floor, unconfirmed_ppm(mentions, fit->kind));
        // A document has that very number and this amount. Of a stranger's two readings the word "order" only says which comes first; without
        // it they are rivals as they are.
        std::string but;
        for (const auto& one : mentions)
            for (const auto& named : open_)
                if (payer_.tie_to(one.item.customer) >= Tie::bare_number && named.how == How::document && named.item.item != one.item.item && is_due(named.item) &&
                    reading_.tokens[named.token].digits == reading_.tokens[one.token].digits) {
                    if (reading_.tokens[one.token].cue == Cue::order) floor = std::max(floor, only_proposed - 1'000);
                    but = std::string{named.item.document} + " is the number of a document, too, open with this amount" + of_customer(named.item);
                }
        auto why = "the remittance text names the order, delivery or contract " + reading_.tokens[mentions.front().token].raw + " of " + names_of(items);
        std::vector<std::uint32_t> tokens;
        for (const auto& one : mentions) tokens.push_back(one.token);
        consider({.stage = "order_number", .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = How::order, .why = std::move(why),
                  .but = std::move(but), .tokens = std::move(tokens), .at_least_ppm = floor}, ppm);
    };
    attempt(all);
    if (all.size() > 1)
        for (const auto& one : all) attempt({one});
}

}  // namespace owed::cash::detail
