#include "api/migrations.hpp"

#include <algorithm>

#include "audit/audit.hpp"
#include "cash/cash.hpp"
#include "collect/collect.hpp"
#include "intake/intake.hpp"
#include "jobs/jobs.hpp"
#include "ledger/ledger.hpp"
#include "notify/notify.hpp"
#include "parties/parties.hpp"

namespace owed::api {

std::vector<store::Migration> all_migrations() {
    std::vector<store::Migration> all;
    for (auto room : {audit::migrations, parties::migrations, ledger::migrations, cash::migrations, collect::migrations,
                      notify::migrations, intake::migrations, jobs::migrations}) {
        auto steps = room();
        all.insert(all.end(), steps.begin(), steps.end());
    }
    // A room whose own numbers are used up goes on behind the others: 90 is a step of cash.
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    return all;
}

}  // namespace owed::api
