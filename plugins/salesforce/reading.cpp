#include "salesforce/reading.hpp"

#include <algorithm>

#include "apis/salesforce/soql.hpp"

namespace owed::plugins::salesforce {
namespace {

constexpr int lost_locators_max = 5;

/// Which orders were told as waiting or held, so that the end of it is told too, and other orders are not. Ids of 18
/// characters, spread over values of the instance's state by their last significant one.
class ToldOrders {
  public:
    explicit ToldOrders(plugin::State state) : state_{state} {}
    Result<bool> has(const std::string& id) const {
        OWED_TRY(const auto ids, state_.get(key(id)));
        return ids && at(*ids, id) != std::string::npos;
    }
    Status add(const std::string& id) const {
        OWED_TRY(const auto ids, state_.get(key(id)));
        return state_.put(key(id), ids.value_or("") + id);
    }
    Status remove(const std::string& id) const {
        OWED_TRY(auto ids, state_.get(key(id)));
        if (!ids) return {};
        if (const auto place = at(*ids, id); place != std::string::npos) ids->erase(place, id.size());
        return ids->empty() ? state_.remove(key(id)) : state_.put(key(id), *ids);
    }

  private:
    static std::string key(const std::string& id) { return std::string{"orders/"} + id.at(14); }
    static std::size_t at(const std::string& ids, const std::string& id) {
        for (std::size_t place = 0; place < ids.size(); place += id.size())
            if (ids.compare(place, id.size(), id) == 0) return place;
        return std::string::npos;
    }
    plugin::State state_;
};

/// The condition of the first pass over orders: those that are over by then are none of our business.
std::string waiting_or_held(const org::Mapping::Orders& orders) {
    const auto waiting = org::is_one_of("Status", orders.awaiting);
    return orders.hold_field.empty() ? waiting : "(" + waiting + " OR " + orders.hold_field + " = TRUE)";
}

}  // namespace

Result<Shapes> shapes_for_reading(Org& the_org, const org::Mapping& mapping) {
    Shapes shapes;
    OWED_TRY(shapes.account, the_org.describe("Account"));
    OWED_TRY_VOID(org::check_account_for_reading(shapes.account, mapping));
    if (mapping.contacts) {
        OWED_TRY(shapes.contact, the_org.describe("Contact"));
    }
    if (!mapping.orders.on()) return shapes;
    OWED_TRY(shapes.order, the_org.describe("Order"));
    OWED_TRY_VOID(org::check_order_for_reading(shapes.order, mapping));
    OWED_TRY_VOID(org::check_currency(shapes.order, mapping));
    return shapes;
}

Status Reading::run(std::string_view cursor) {
    const auto& mapping = options_.mapping;
    if (auto parsed = org::parse_cursor(cursor)) cursor_ = std::move(*parsed);
    else host_.log().warn(parsed.error().what + "; everything is read from the beginning");  // records replace, so that is safe
    committed_ = cursor;
    if (const auto now = options_.reading_fingerprint(); cursor_.mapping != now) {
        if (!cursor_.objects.empty()) host_.log().info("the settings changed: everything is read again");
        for (auto& [name, progress] : cursor_.objects) org::begin_again(progress);
        cursor_.mapping = now;
    }
    OWED_TRY(const auto shapes, shapes_for_reading(org_, mapping));
    if (mapping.customers) OWED_TRY_VOID(read({"Account", org::account_fields(shapes.account, mapping), {}, &org::customer_of}));
    if (mapping.contacts) OWED_TRY_VOID(read({"Contact", org::contact_fields(shapes.contact, shapes.account, mapping), {}, &org::contact_of}));
    if (mapping.orders.on())
        OWED_TRY_VOID(read({"Order", org::order_fields(shapes.order, shapes.account, mapping), waiting_or_held(mapping.orders), &org::order_of, true}));
    return {};
}

Status Reading::read(const Stream& stream) {
    for (int lost = 0; lost < lost_locators_max; ++lost) {
        OWED_TRY(const bool whole, pass(stream));
        if (whole) return {};
        host_.log().info("the place in the query of " + stream.object + " was lost at the org; it is asked again from the last page that was kept");
        host_.metrics().count("locators_lost");
    }
    return fail(Errc::transient, "the org lost the place in the query of " + stream.object + " " + std::to_string(lost_locators_max) + " times in a row", stream.object);
}

Result<bool> Reading::pass(const Stream& stream) {
    auto& progress = cursor_.objects[stream.object];
    OWED_TRY(const auto asked, org_.now());
    const auto start = org::begin_pass(progress, asked, options_.read_overlap_seconds);
    if (start.clock_went_back) host_.log().warn("the org's clock went back; every " + stream.object + " is read again");
    org::Query query{stream.object, stream.fields, start.where, "SystemModstamp, Id"};
    if (start.first && !stream.only_at_first.empty()) query.where = stream.only_at_first + (start.where.empty() ? "" : " AND " + start.where);
    auto page = org_.query(query.text(), true);
    std::uint64_t rows = 0;
    for (int number = 1;; ++number) {
        if (!page && page.error().code == "INVALID_QUERY_LOCATOR") return false;
        if (!page) return fail(org_.raise(std::move(page).error()));
        OWED_TRY_VOID(take(stream, *page, progress, asked));
        rows += page->rows.size();
        host_.progress(rows, page->total, stream.object + ", page " + std::to_string(number));
        if (page->next.empty()) org::end_pass(progress);
        OWED_TRY_VOID(commit());
        if (page->next.empty()) return true;
        page = org_.next_page(page->next);
    }
}

/// A page is read as a whole before the first record of it is handed over.
Status Reading::take(const Stream& stream, const Org::Page& page, org::Progress& progress, Instant asked) {
    std::vector<org::RowHead> heads;
    std::vector<org::Place> places;
    for (const auto& row : page.rows) {
        auto head = org::head_of(row);
        if (!head) return fail(Errc::transient, stream.object + ": " + head.error().what, stream.object);
        places.push_back(head->place);
        heads.push_back(std::move(*head));
    }
    for (std::size_t i = 0; i < heads.size(); ++i) OWED_TRY_VOID(take_row(stream, page.rows[i], heads[i]));
    org::note_page(progress, places, asked);
    return {};
}

Status Reading::take_row(const Stream& stream, const apis::Json& row, const org::RowHead& head) {
    auto mapped = stream.map(row, head, options_.mapping);
    for (const auto& note : mapped.notes) host_.log().warn(note);
    if (!mapped.notes.empty()) host_.metrics().count("rows_with_notes");
    if (!mapped.why.empty()) host_.metrics().count(mapped.why);
    if (!mapped.record) return {};
    if (stream.is_order) {
        OWED_TRY(const bool ours, concerns_us(std::get<SalesOrder>(mapped.record->body), head.place.id));
        if (!ours) {
            host_.metrics().count("orders_of_no_concern");
            return {};
        }
    }
    host_.metrics().count("rows_read");
    handed_over_ = true;
    return out_.record(std::move(*mapped.record));
}

Result<bool> Reading::concerns_us(const SalesOrder& order, const std::string& id) {
    const ToldOrders told{host_.state()};
    OWED_TRY(const bool known, told.has(id));
    const bool waits = order.awaiting_authorisation || order.on_hold;
    if (waits && !known) OWED_TRY_VOID(told.add(id));
    if (!waits && known) OWED_TRY_VOID(told.remove(id));
    return waits || known;
}

Status Reading::commit() {
    const auto text = cursor_.text();
    if (!handed_over_ && text == committed_) return {};
    OWED_TRY_VOID(out_.commit(text));
    committed_ = text;
    handed_over_ = false;
    return {};
}

}  // namespace owed::plugins::salesforce
