#include "api/migrations.hpp"

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
    return all;
}

}  // namespace owed::api
