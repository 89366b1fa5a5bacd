#include "api/detail/cash_rules.hpp"

namespace owed::api::detail {
namespace {

bool has_customer(store::Db& db, const cash::RuleList& list) {
    auto row = db.query("SELECT 1 FROM customer WHERE (?1 = '' OR number = ?1) AND (?2 = '' OR segment = ?2) AND (?3 = '' OR entity = ?3) LIMIT 1");
    return row.bind(list.customer, list.segment, list.entity).step();
}

std::string whose(const cash::RuleList& list) {
    std::string text;
    const auto part = [&](const char* what, const std::string& name) {
        if (!name.empty()) text += (text.empty() ? "" : " and ") + std::string{what} + " \"" + name + "\"";
    };
    part("number", list.customer);
    part("segment", list.segment);
    part("entity", list.entity);
    return text;
}

}  // namespace

std::vector<Finding> unused_cash_rules(store::Db& db, const cash::Settings& settings) {
    std::vector<Finding> found;
    if (settings.rules.empty() || !has_customer(db, {})) return found;
    for (const auto& list : settings.rules)
        if (!has_customer(db, list))
            found.push_back({"cash rules", Finding::State::warn, list.place + ": no customer has " + whose(list) + "; these rules decide nothing",
                             "owectl customers lists the numbers; segments are the ERP's. Mend the list, or take it out"});
    if (found.empty()) found.push_back({"cash rules", Finding::State::ok, std::to_string(settings.rules.size()) + " lists, each of them for customers that there are", {}});
    return found;
}

}  // namespace owed::api::detail
