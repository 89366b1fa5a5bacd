#include "cash/snapshot.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "cash/detail/index.hpp"
#include "ledger/ledger.hpp"
#include "parties/parties.hpp"

namespace owed::cash {
namespace {

using detail::hash_of;

constexpr std::uint32_t none = 0xFFFFFFFFU;
constexpr std::size_t chain_max = 400;   ///< entries of one amount that are looked through; more make it too common to tell

std::string in_capitals(std::string_view text) {
    std::string out{text};
    for (auto& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

template <class Visit>
void each_line(std::string_view text, Visit&& visit) {
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find('\n', start), text.size());
        if (end > start) visit(text.substr(start, end - start));
        start = end + 1;
    }
}

struct Row {
    std::int64_t id, original, residual, tax;
    std::uint32_t customer, next;         // customer's place; next row of the same customer and state
    std::uint32_t text, discounts;
    std::int32_t document_date, due_date;
    std::int32_t term;
    std::uint16_t document_size, reference_size, order_size;
    std::uint8_t discount_count, currency, entity;
    std::uint16_t instalment;
    bool disputed : 1, written_off : 1;
};

struct CustomerRow {
    std::int64_t id;
    std::string number, name, country, segment, parent;
    std::uint8_t entity;
    std::uint32_t open = none, settled = none;
};

struct Spelled {
    std::uint32_t base, form;             // places in the text pool
    std::uint16_t base_size, form_size;
    std::uint32_t customer;
};

/// Customers' places by their ids, which the store gives out one after the other.
class Places {
  public:
    void put(std::int64_t id, std::uint32_t place) {
        if (id >= 0 && id < dense_max) {
            if (static_cast<std::size_t>(id) >= dense_.size()) dense_.resize(static_cast<std::size_t>(id) + 1 + dense_.size() / 2, none);
            dense_[static_cast<std::size_t>(id)] = place;
        } else {
            sparse_[id] = place;
        }
    }
    std::uint32_t find(std::int64_t id) const {
        if (id >= 0 && id < dense_max) return static_cast<std::size_t>(id) < dense_.size() ? dense_[static_cast<std::size_t>(id)] : none;
        const auto at = sparse_.find(id);
        return at == sparse_.end() ? none : at->second;
    }
    std::size_t bytes() const { return dense_.capacity() * sizeof(std::uint32_t) + sparse_.size() * 40; }

  private:
    static constexpr std::int64_t dense_max = 16'000'000;
    std::vector<std::uint32_t> dense_;
    std::unordered_map<std::int64_t, std::uint32_t> sparse_;
};

}  // namespace

struct Snapshot::Impl final : parties::NameSource {
    std::string pool;
    std::vector<Row> rows;
    std::vector<CustomerRow> customers;
    Places customer_at;
    std::vector<DiscountOffer> offers;
    std::vector<Currency> currencies;
    std::vector<std::string> entities;
    detail::Index documents, counters, references, orders, amounts, accounts, names, numbers, children;
    std::vector<Spelled> spellings, account_rows;
    mutable std::vector<std::uint32_t> by_stem;      // places in spellings, by base; made when first asked
    mutable std::size_t by_stem_of = 0;
    std::unordered_map<std::string, std::vector<CustomerId>> aliases;   // "kind|entity|key"
    std::unordered_map<std::string, std::vector<std::pair<CustomerId, int>>> answers;   // by the same key: how often people said so
    std::unordered_map<std::string, std::string> rules;                 // by the same key: why its money is no receivable
    std::vector<Payer> relations;
    std::unordered_map<std::int64_t, std::vector<std::uint32_t>> relations_of;
    std::unordered_map<std::string, std::vector<std::uint32_t>> relations_by_key;   // "a|entity|key", "n|entity|key"
    std::vector<Advice> advices;
    std::vector<bool> advice_joined;
    std::unordered_map<std::string, std::vector<std::uint32_t>> advices_by_number;
    std::unordered_map<std::int64_t, std::vector<std::uint32_t>> advices_by_amount;
    std::unordered_set<std::string> own;
    std::unordered_map<std::int64_t, Settlement> settlements;
    mutable std::uint8_t asked_entity = 0;           // of the name lookup that runs

    std::uint32_t keep(std::string_view text) {
        const auto at = static_cast<std::uint32_t>(pool.size());
        pool += text;
        return at;
    }
    std::string_view text(std::uint32_t at, std::size_t size) const { return std::string_view{pool}.substr(at, size); }
    std::uint8_t entity_at(std::string_view entity) {
        const auto found = std::find(entities.begin(), entities.end(), entity);
        if (found != entities.end()) return static_cast<std::uint8_t>(found - entities.begin());
        entities.emplace_back(entity);
        return static_cast<std::uint8_t>(entities.size() - 1);
    }
    std::optional<std::uint8_t> known_entity(std::string_view entity) const {
        const auto found = std::find(entities.begin(), entities.end(), entity);
        if (found == entities.end()) return {};
        return static_cast<std::uint8_t>(found - entities.begin());
    }
    std::uint8_t currency_at(Currency currency) {
        const auto found = std::find(currencies.begin(), currencies.end(), currency);
        if (found != currencies.end()) return static_cast<std::uint8_t>(found - currencies.begin());
        currencies.push_back(currency);
        return static_cast<std::uint8_t>(currencies.size() - 1);
    }
    static std::uint64_t amount_hash(std::uint8_t entity, Currency currency, std::int64_t units) {
        return hash_of(static_cast<std::uint64_t>(units) * 31 + entity, currency.text());
    }
    /// An open item is found by its orders; one that was settled when it was read, and is opened again, is so from then on.
    void add_orders(std::uint32_t at, std::uint8_t entity, std::string_view order) {
        each_line(order, [&](std::string_view line) { orders.add(hash_of(entity, in_capitals(line)), at); });
    }
    std::optional<std::uint32_t> row_of(OpenItemId item) const {
        const auto found = std::lower_bound(rows.begin(), rows.end(), item.value, [](const Row& row, std::int64_t id) { return row.id < id; });
        if (found == rows.end() || found->id != item.value) return {};
        return static_cast<std::uint32_t>(found - rows.begin());
    }
    ItemView view(std::uint32_t at) const {
        const auto& row = rows[at];
        const auto document = row.text, reference = document + row.document_size, order = reference + row.reference_size;
        return {.item = OpenItemId{row.id}, .customer = CustomerId{customers[row.customer].id},
                .document = text(document, row.document_size), .payment_reference = text(reference, row.reference_size),
                .order = text(order, row.order_size), .document_date = Date::from_days(row.document_date),
                .due_date = Date::from_days(row.due_date), .original = row.original, .residual = row.residual, .tax = row.tax,
                .currency = currencies[row.currency],
                .discounts = std::span{offers}.subspan(row.discounts, row.discount_count), .term = row.term,
                .disputed = row.disputed, .instalment = row.instalment, .written_off = row.written_off && row.residual == 0};
    }
    /// Moves a row between its customer's chains of open and settled items.
    void relink(std::uint32_t at, bool was_open) {
        auto& customer = customers[rows[at].customer];
        auto* link = was_open ? &customer.open : &customer.settled;
        while (*link != none && *link != at) link = &rows[*link].next;
        if (*link == at) *link = rows[at].next;
        auto& head = was_open ? customer.settled : customer.open;
        rows[at].next = head;
        head = at;
    }

    void with_base(std::string_view base, std::vector<Spelling>& found) const override {
        names.each(hash_of(asked_entity, base), [&](std::uint32_t at) {
            const auto& one = spellings[at];
            const auto& customer = customers[one.customer];
            if (customer.entity == asked_entity && text(one.base, one.base_size) == base)
                found.push_back({CustomerId{customer.id}, text(one.form, one.form_size)});
            return true;
        });
    }
    void with_prefix(std::string_view stem, std::size_t limit_max, std::vector<CustomerId>& found) const override {
        const auto base_at = [&](std::uint32_t at) { return text(spellings[at].base, spellings[at].base_size); };
        if (by_stem_of != spellings.size()) {
            by_stem.resize(spellings.size());
            for (std::uint32_t i = 0; i < by_stem.size(); ++i) by_stem[i] = i;
            std::sort(by_stem.begin(), by_stem.end(), [&](auto a, auto b) { return base_at(a) < base_at(b); });
            by_stem_of = spellings.size();
        }
        auto at = std::lower_bound(by_stem.begin(), by_stem.end(), stem, [&](std::uint32_t one, std::string_view s) { return base_at(one) < s; });
        for (; at != by_stem.end() && base_at(*at).substr(0, stem.size()) == stem && found.size() < limit_max; ++at) {
            const auto& customer = customers[spellings[*at].customer];
            const CustomerId id{customer.id};
            if (customer.entity == asked_entity && std::find(found.begin(), found.end(), id) == found.end()) found.push_back(id);
        }
    }
    void with_alias(std::string_view key, std::vector<CustomerId>& found) const override {
        if (aliases.empty()) return;
        const auto at = aliases.find("name|" + entities[asked_entity] + "|" + std::string{key});
        if (at != aliases.end()) found.insert(found.end(), at->second.begin(), at->second.end());
    }
};

Snapshot::Snapshot() : impl_{std::make_unique<Impl>()} {}
Snapshot::~Snapshot() = default;
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;

void Snapshot::reserve(std::size_t items, std::size_t customers) {
    impl_->rows.reserve(items);
    impl_->pool.reserve(items * 32 + customers * 32);
    impl_->documents.reserve(items);
    impl_->amounts.reserve(items);
    impl_->customers.reserve(customers);
}

void Snapshot::add_customer(const CustomerView& customer, std::string_view parent_number) {
    auto& in = *impl_;
    const auto at = static_cast<std::uint32_t>(in.customers.size());
    const auto entity = in.entity_at(customer.entity);
    in.customers.push_back({customer.customer.value, std::string{customer.number}, std::string{customer.name}, std::string{customer.country},
                            std::string{customer.segment}, std::string{parent_number}, entity, none, none});
    in.customer_at.put(customer.customer.value, at);
    in.numbers.add(hash_of(entity, customer.number), at);
    if (!parent_number.empty()) in.children.add(hash_of(entity, parent_number), at);
}

void Snapshot::add_account(std::string_view entity, std::string_view account, CustomerId customer) {
    const auto at = impl_->customer_at.find(customer.value);
    if (at == none) return;
    const auto key = parties::account_key(account);
    impl_->accounts.add(hash_of(impl_->entity_at(entity), key), static_cast<std::uint32_t>(impl_->account_rows.size()));
    impl_->account_rows.push_back({impl_->keep(key), 0, static_cast<std::uint16_t>(key.size()), 0, at});
}

void Snapshot::add_name(CustomerId customer, std::string_view base, std::string_view form) {
    const auto at = impl_->customer_at.find(customer.value);
    if (at == none) return;
    const auto entity = impl_->customers[at].entity;
    impl_->names.add(hash_of(entity, base), static_cast<std::uint32_t>(impl_->spellings.size()));
    const auto base_at = impl_->keep(base), form_at = impl_->keep(form);
    impl_->spellings.push_back({base_at, form_at, static_cast<std::uint16_t>(base.size()), static_cast<std::uint16_t>(form.size()), at});
}

void Snapshot::add_name(CustomerId customer, std::string_view name) {
    for (const auto& key : parties::name_keys(name)) add_name(customer, key.base, key.form);
}

void Snapshot::add_alias(std::string_view entity, std::string_view kind, std::string_view key, CustomerId customer, int answers) {
    const auto at = std::string{kind} + "|" + std::string{entity} + "|" + std::string{key};
    auto& ids = impl_->aliases[at];
    if (answers > 0) impl_->answers[at].emplace_back(customer, answers);
    impl_->entity_at(entity);
    if (std::find(ids.begin(), ids.end(), customer) == ids.end()) ids.insert(std::lower_bound(ids.begin(), ids.end(), customer), customer);
}

void Snapshot::add_rule(std::string_view entity, std::string_view kind, std::string_view key, std::string_view why) {
    impl_->rules.emplace(std::string{kind} + "|" + std::string{entity} + "|" + std::string{key}, why);
}

std::string Snapshot::learned_not_receivable(std::string_view entity, std::string_view account, std::string_view name) const {
    if (impl_->rules.empty()) return {};
    for (const auto& [kind, key] : {std::pair{"account|", parties::account_key(account)}, {"name|", parties::name_key(name)}})
        if (const auto at = impl_->rules.find(kind + std::string{entity} + "|" + key); at != impl_->rules.end() && !key.empty()) return at->second;
    return {};
}

void Snapshot::add_relation(Payer relation) {
    const auto at = static_cast<std::uint32_t>(impl_->relations.size());
    if (relation.payer) impl_->relations_of[relation.payer->value].push_back(at);
    if (!relation.account_key.empty()) impl_->relations_by_key["a|" + relation.entity + "|" + relation.account_key].push_back(at);
    if (!relation.name_key.empty()) impl_->relations_by_key["n|" + relation.entity + "|" + relation.name_key].push_back(at);
    impl_->relations.push_back(std::move(relation));
}

void Snapshot::add_own_account(std::string_view account) { impl_->own.insert(parties::account_key(account)); }

void Snapshot::add_advice(Advice advice) {
    const auto at = static_cast<std::uint32_t>(impl_->advices.size());
    if (!advice.payment_number.empty()) impl_->advices_by_number[ledger::document_key(advice.payment_number)].push_back(at);
    impl_->advices_by_amount[advice.amount.units()].push_back(at);
    impl_->advices.push_back(std::move(advice));
    impl_->advice_joined.push_back(false);
}

void Snapshot::add_item(std::string_view entity, const ItemView& item) {
    auto& in = *impl_;
    const auto customer = in.customer_at.find(item.customer.value);
    if (customer == none) return;
    OWED_CHECK(in.rows.empty() || in.rows.back().id < item.item.value, "items come in order of id");
    const auto at = static_cast<std::uint32_t>(in.rows.size());
    const auto owner = in.entity_at(entity);
    const auto size = [](std::string_view text) { return static_cast<std::uint16_t>(std::min<std::size_t>(text.size(), 0xFFFF)); };
    Row row{.id = item.item.value, .original = item.original, .residual = item.residual, .tax = item.tax, .customer = customer,
            .next = none, .text = in.keep(item.document), .discounts = static_cast<std::uint32_t>(in.offers.size()),
            .document_date = item.document_date.days(), .due_date = item.due_date.days(),
            .term = item.term,
            .document_size = size(item.document), .reference_size = size(item.payment_reference), .order_size = size(item.order),
            .discount_count = static_cast<std::uint8_t>(std::min<std::size_t>(item.discounts.size(), 255)),
            .currency = in.currency_at(item.currency), .entity = owner, .instalment = static_cast<std::uint16_t>(item.instalment),
            .disputed = item.disputed, .written_off = item.written_off};
    in.keep(item.payment_reference);
    in.keep(item.order);
    in.offers.insert(in.offers.end(), item.discounts.begin(), item.discounts.begin() + row.discount_count);
    in.documents.add(hash_of(owner, ledger::document_key(item.document)), at);
    for (const auto& digits : counters_of(item.document)) in.counters.add(hash_of(owner, digits), at);
    if (!item.payment_reference.empty()) in.references.add(hash_of(owner, parties::account_key(item.payment_reference)), at);
    if (item.residual != 0) in.amounts.add(Impl::amount_hash(owner, item.currency, item.residual), at);
    if (item.residual != 0) in.add_orders(at, owner, item.order);
    auto& head = item.residual != 0 ? in.customers[customer].open : in.customers[customer].settled;
    row.next = head;
    head = at;
    in.rows.push_back(row);
}

void Snapshot::set_residual(OpenItemId item, std::int64_t residual) {
    const auto at = impl_->row_of(item);
    if (!at) return;
    auto& row = impl_->rows[*at];
    const bool was_open = row.residual != 0;
    if (row.residual == residual) return;
    row.residual = residual;
    if (was_open != (residual != 0)) impl_->relink(*at, was_open);
    if (residual != 0) impl_->amounts.add(Impl::amount_hash(row.entity, impl_->currencies[row.currency], residual), *at);
    if (!was_open) impl_->add_orders(*at, row.entity, impl_->view(*at).order);
}

std::optional<ItemView> Snapshot::find(OpenItemId item) const {
    const auto at = impl_->row_of(item);
    if (!at) return {};
    return impl_->view(*at);
}

void Snapshot::set_settlement(OpenItemId item, Settlement settlement) { impl_->settlements[item.value] = std::move(settlement); }

void Snapshot::join_advice(std::int64_t id) {
    for (std::size_t i = 0; i < impl_->advices.size(); ++i)
        if (impl_->advices[i].id == id) impl_->advice_joined[i] = true;
}

std::size_t Snapshot::items() const { return impl_->rows.size(); }

std::size_t Snapshot::bytes() const {
    const auto& in = *impl_;
    std::size_t sum = in.pool.capacity() + in.rows.capacity() * sizeof(Row) + in.offers.capacity() * sizeof(DiscountOffer) +
                      in.spellings.capacity() * sizeof(Spelled) + in.customers.capacity() * sizeof(CustomerRow) + in.customer_at.bytes();
    for (const auto* index : {&in.documents, &in.counters, &in.references, &in.orders, &in.amounts, &in.accounts, &in.names, &in.numbers, &in.children})
        sum += index->bytes();
    return sum;
}

void Snapshot::by_document(std::string_view entity, std::string_view key, Items& found) const {
    const auto owner = impl_->known_entity(entity);
    if (!owner) return;
    const auto first = found.size();
    impl_->documents.each(hash_of(*owner, key), [&](std::uint32_t at) {
        const auto item = impl_->view(at);
        if (impl_->rows[at].entity == *owner && ledger::document_key(item.document) == key) found.push_back(item);
        return true;
    });
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(), [](auto& a, auto& b) { return a.item < b.item; });
}

void Snapshot::by_counter(std::string_view entity, std::string_view digits, Items& found) const {
    const auto owner = impl_->known_entity(entity);
    if (!owner) return;
    const auto first = found.size();
    impl_->counters.each(hash_of(*owner, digits), [&](std::uint32_t at) {
        if (impl_->rows[at].entity != *owner) return true;
        const auto item = impl_->view(at);
        const auto known = counters_of(item.document);
        if (std::find(known.begin(), known.end(), digits) != known.end()) found.push_back(item);
        return true;
    });
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(), [](auto& a, auto& b) { return a.item < b.item; });
}

void Snapshot::by_reference(std::string_view entity, std::string_view normalised, Items& found) const {
    const auto owner = impl_->known_entity(entity);
    if (!owner) return;
    const auto first = found.size();
    const auto key = parties::account_key(normalised);
    impl_->references.each(hash_of(*owner, key), [&](std::uint32_t at) {
        const auto item = impl_->view(at);
        if (impl_->rows[at].entity == *owner && parties::account_key(item.payment_reference) == key) found.push_back(item);
        return true;
    });
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(), [](auto& a, auto& b) { return a.item < b.item; });
}

void Snapshot::by_order(std::string_view entity, std::string_view number, std::size_t limit_max, Items& found) const {
    const auto owner = impl_->known_entity(entity);
    if (!owner || number.empty()) return;
    const auto wanted = in_capitals(number);
    std::vector<std::uint32_t> places;
    std::size_t seen = 0;
    impl_->orders.each(hash_of(*owner, wanted), [&](std::uint32_t at) {
        const auto item = impl_->view(at);
        bool has = false;
        each_line(item.order, [&](std::string_view line) { has = has || in_capitals(line) == wanted; });
        if (has && impl_->rows[at].entity == *owner && item.residual != 0 && std::find(places.begin(), places.end(), at) == places.end()) places.push_back(at);
        return ++seen < chain_max && places.size() <= limit_max;
    });
    if (places.size() > limit_max || seen >= chain_max) return;
    std::sort(places.begin(), places.end());
    for (const auto at : places) found.push_back(impl_->view(at));
}

void Snapshot::by_amount(std::string_view entity, Money residual, std::size_t limit_max, Items& found) const {
    const auto owner = impl_->known_entity(entity);
    if (!owner) return;
    std::vector<std::uint32_t> places;
    std::size_t seen = 0;
    impl_->amounts.each(Impl::amount_hash(*owner, residual.currency(), residual.units()), [&](std::uint32_t at) {
        const auto& row = impl_->rows[at];
        // An item that came back to this amount stands here twice.
        if (row.entity == *owner && row.residual == residual.units() && impl_->currencies[row.currency] == residual.currency() &&
            std::find(places.begin(), places.end(), at) == places.end())
            places.push_back(at);
        return ++seen < chain_max && places.size() <= limit_max;
    });
    if (places.size() > limit_max || seen >= chain_max) return;
    const auto first = found.size();
    for (const auto at : places) found.push_back(impl_->view(at));
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(),
              [](auto& a, auto& b) { return std::tie(a.due_date, a.item) < std::tie(b.due_date, b.item); });
}

void Snapshot::open_of(CustomerId customer, Items& found) const {
    const auto at = impl_->customer_at.find(customer.value);
    if (at == none) return;
    const auto first = found.size();
    for (auto row = impl_->customers[at].open; row != none; row = impl_->rows[row].next) found.push_back(impl_->view(row));
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(),
              [](auto& a, auto& b) { return std::tie(a.due_date, a.item) < std::tie(b.due_date, b.item); });
}

void Snapshot::settled_of(CustomerId customer, std::size_t limit_max, Items& found) const {
    const auto at = impl_->customer_at.find(customer.value);
    if (at == none) return;
    std::vector<std::uint32_t> places;
    for (auto row = impl_->customers[at].settled; row != none; row = impl_->rows[row].next)
        if (impl_->rows[row].original > 0) places.push_back(row);
    std::sort(places.begin(), places.end(), [&](auto a, auto b) {
        const auto &x = impl_->rows[a], &y = impl_->rows[b];
        return std::tie(y.document_date, y.id) < std::tie(x.document_date, x.id);
    });
    if (places.size() > limit_max) places.resize(limit_max);
    for (const auto row : places) found.push_back(impl_->view(row));
}

std::vector<CustomerId> Snapshot::by_account(std::string_view entity, std::string_view account) const {
    std::vector<CustomerId> ids;
    const auto owner = impl_->known_entity(entity);
    const auto key = parties::account_key(account);
    if (!owner || key.empty()) return ids;
    impl_->accounts.each(hash_of(*owner, key), [&](std::uint32_t at) {
        const auto& one = impl_->account_rows[at];
        if (impl_->text(one.base, one.base_size) == key) ids.push_back(CustomerId{impl_->customers[one.customer].id});
        return true;
    });
    if (!impl_->aliases.empty())
        if (const auto at = impl_->aliases.find("account|" + std::string{entity} + "|" + key); at != impl_->aliases.end())
            ids.insert(ids.end(), at->second.begin(), at->second.end());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

int Snapshot::answers_for_account(std::string_view entity, std::string_view account, CustomerId customer) const {
    const auto owner = impl_->known_entity(entity);
    const auto key = parties::account_key(account);
    if (!owner || key.empty() || impl_->answers.empty()) return 0;
    const auto at = impl_->answers.find("account|" + std::string{entity} + "|" + key);
    if (at == impl_->answers.end()) return 0;
    bool on_file = false;
    impl_->accounts.each(hash_of(*owner, key), [&](std::uint32_t row) {
        const auto& one = impl_->account_rows[row];
        on_file = on_file || (impl_->text(one.base, one.base_size) == key && CustomerId{impl_->customers[one.customer].id} == customer);
        return !on_file;
    });
    int answers = 0;
    for (const auto& [who, times] : at->second) answers += who == customer ? times : 0;
    return on_file ? 0 : answers;
}

std::vector<NamedCustomer> Snapshot::by_name(std::string_view entity, std::string_view payer_name) const {
    const auto owner = impl_->known_entity(entity);
    if (!owner) return {};
    impl_->asked_entity = *owner;
    return parties::resolve_name(payer_name, *impl_);
}

std::optional<CustomerId> Snapshot::by_number(std::string_view entity, std::string_view number) const {
    std::optional<CustomerId> found;
    const auto owner = impl_->known_entity(entity);
    if (!owner) return {};
    impl_->numbers.each(hash_of(*owner, number), [&](std::uint32_t at) {
        const auto& one = impl_->customers[at];
        if (one.entity == *owner && one.number == number) found = CustomerId{one.id};
        return !found;
    });
    return found;
}

std::optional<CustomerView> Snapshot::customer(CustomerId customer) const {
    const auto at = impl_->customer_at.find(customer.value);
    if (at == none) return {};
    const auto& one = impl_->customers[at];
    return CustomerView{customer, one.number, one.name, one.country, one.segment, impl_->entities[one.entity]};
}

namespace {

bool holds(const Snapshot::Payer& relation, Date day) {
    return (!relation.from || *relation.from <= day) && (!relation.until || day <= *relation.until);
}

void sort_once(std::vector<CustomerId>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

std::vector<CustomerId> Snapshot::pays_for(CustomerId payer, Date day) const {
    std::vector<CustomerId> ids;
    const auto at = impl_->customer_at.find(payer.value);
    if (at == none) return ids;
    const auto& parent = impl_->customers[at];
    impl_->children.each(hash_of(parent.entity, parent.number), [&](std::uint32_t child) {
        const auto& one = impl_->customers[child];
        if (one.entity == parent.entity && one.parent == parent.number && one.id != payer.value) ids.push_back(CustomerId{one.id});
        return true;
    });
    if (const auto found = impl_->relations_of.find(payer.value); found != impl_->relations_of.end())
        for (const auto one : found->second)
            if (holds(impl_->relations[one], day)) ids.push_back(impl_->relations[one].pays_for);
    sort_once(ids);
    return ids;
}

std::vector<CustomerId> Snapshot::pays_for(std::string_view entity, std::string_view account, std::string_view name, Date day) const {
    std::vector<CustomerId> ids;
    if (impl_->relations_by_key.empty()) return ids;
    const auto look = [&](const char* kind, const std::string& key) {
        if (key.empty()) return;
        const auto found = impl_->relations_by_key.find(kind + std::string{entity} + "|" + key);
        if (found == impl_->relations_by_key.end()) return;
        for (const auto one : found->second)
            if (holds(impl_->relations[one], day)) ids.push_back(impl_->relations[one].pays_for);
    };
    look("a|", parties::account_key(account));
    if (ids.empty()) look("n|", parties::name_key(name));
    sort_once(ids);
    return ids;
}

std::vector<Advice> Snapshot::advices(std::string_view entity, const std::vector<std::string>& payment_numbers, Money amount, Date day,
                                      int days_max) const {
    std::vector<Advice> found;
    if (impl_->advices.empty()) return found;
    std::vector<std::uint32_t> places;
    for (const auto& number : payment_numbers)
        if (const auto at = impl_->advices_by_number.find(number); at != impl_->advices_by_number.end())
            places.insert(places.end(), at->second.begin(), at->second.end());
    if (const auto at = impl_->advices_by_amount.find(amount.units()); at != impl_->advices_by_amount.end())
        for (const auto one : at->second)
            if (const auto apart = days_between(impl_->advices[one].date, day); apart <= days_max && apart >= -days_max) places.push_back(one);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    for (const auto one : places)
        if (!impl_->advice_joined[one] && impl_->advices[one].entity == entity && impl_->advices[one].amount.currency() == amount.currency())
            found.push_back(impl_->advices[one]);
    return found;
}

bool Snapshot::is_own_account(std::string_view account) const {
    return !account.empty() && !impl_->own.empty() && impl_->own.contains(parties::account_key(account));
}

Lookup::Settlement Snapshot::settlement(OpenItemId item) const {
    const auto at = impl_->settlements.find(item.value);
    return at == impl_->settlements.end() ? Settlement{} : at->second;
}

}  // namespace owed::cash
