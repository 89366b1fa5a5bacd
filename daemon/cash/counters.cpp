// The digits by which people quote a document besides its full number.
#include <algorithm>

#include "cash/detail/series.hpp"
#include "cash/lookup.hpp"
#include "owed/ascii.hpp"

namespace owed::cash {
namespace {


std::string_view without_zeros(std::string_view digits) {
    const auto first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? std::string_view{} : digits.substr(first);
}

bool is_year(std::string_view digits) {
    if (digits.size() == 4) return digits >= "1990" && digits < "2100";
    return false;
}

void add(std::vector<std::string>& found, std::string_view digits) {
    if (!digits.empty() && std::find(found.begin(), found.end(), digits) == found.end()) found.emplace_back(digits);
}

}  // namespace

std::string name_of(const ItemView& item) {
    auto name = std::string{item.document};
    return item.instalment > 0 ? std::move(name) + "/" + std::to_string(item.instalment) : name;
}

namespace detail {

Split split_of(std::string_view document) {
    // The counter is the longest run of digits that is no year; of equally long ones the last.
    Split best;
    for (std::size_t at = 0; at < document.size();) {
        if (!is_digit(document[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < document.size() && is_digit(document[end])) ++end;
        const auto run = document.substr(at, end - at);
        if (best.counter.empty() || (run.size() >= best.counter.size() && !is_year(run)) || (is_year(best.counter) && !is_year(run) && run.size() >= 3))
            best = {document.substr(0, at), run, document.substr(end)};
        at = end;
    }
    // "20260004711": the year stands in front of the counter without a sign between.
    if (best.counter.size() >= 8 && is_year(best.counter.substr(0, 4)))
        best = {document.substr(0, best.before.size() + 4), best.counter.substr(4), best.after};
    // "9000124117": a number range of many digits; people leave its constant beginning away.
    else if (best.counter.size() >= 9)
        best = {document.substr(0, best.before.size() + best.counter.size() - 6), best.counter.substr(best.counter.size() - 6), best.after};
    return best;
}

}  // namespace detail

std::vector<std::string> counters_of(std::string_view document) {
    std::vector<std::string> found;
    std::string all, runs;
    for (std::size_t at = 0; at < document.size();) {
        if (!is_digit(document[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < document.size() && is_digit(document[end])) ++end;
        all += document.substr(at, end - at);
        const auto run = without_zeros(document.substr(at, end - at));
        runs += run.empty() ? std::string_view{"0"} : run;
        at = end;
    }
    const auto counter = without_zeros(detail::split_of(document).counter);
    if (counter.size() >= 2 || counter == without_zeros(all)) add(found, counter);
    add(found, without_zeros(all));
    add(found, without_zeros(runs));
    return found;
}

}  // namespace owed::cash
