#include <sqlite3.h>

#include <stdexcept>

#include "store/test_store.hpp"

namespace owed::store {

void tamper(const std::string& data_folder, const std::string& sql) {
    sqlite3* database = nullptr;
    sqlite3_open_v2((data_folder + "/owed.db").c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
    char* message = nullptr;
    const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message);
    std::string what = message ? message : "";
    sqlite3_free(message);
    sqlite3_close(database);
    if (code != SQLITE_OK)
        throw std::runtime_error{"tampering failed: " + what + " in " + sql};
}

}  // namespace owed::store
