// What the tests of kinds and services share: the plugins under tests/plugins/kinds in both isolation modes.
#pragma once

#include <gtest/gtest.h>

#include "host/test_doors.hpp"
#include "owed/abi.h"

namespace owed::host::test {

using Isolation = InstanceConfig::Isolation;

class KindsBench : public testing::TestWithParam<Isolation>, public HostBench {
  protected:
    InstanceConfig config(const std::string& plugin, const std::string& what = {}) const {
        InstanceConfig made;
        made.name = "subject";
        made.plugin = plugin;
        made.where = "owed.yaml:7:3";
        made.isolation = GetParam();
        if (!what.empty()) made.settings_json = R"({"do": ")" + what + R"("})";
        return made;
    }
    Connector& kinds() { return start(config("kinds")); }
    Connector& raw(const std::string& what) { return start(config("raw", what)); }
};

inline std::vector<Record> statuses(const std::vector<std::string>& keys, const std::string& where = {}) {
    std::vector<Record> records;
    for (const auto& key : keys) {
        AccountStatus status;
        status.customer = key;
        status.balance = Amount{12'345, 2, "EUR"};
        records.push_back({status, key, where});
    }
    return records;
}

inline MatchQuestion question(const std::string& receipt) {
    MatchQuestion asked;
    asked.receipt.receipt = receipt;
    asked.receipt.entity = "emea";
    asked.receipt.amount = Amount{10'000, 2, "EUR"};
    asked.receipt.payer.name = "Müller";
    OpenItem item;
    item.item = "I-1";
    item.original = item.residual = Amount{10'000, 2, "EUR"};
    asked.items = {item};
    return asked;
}

}  // namespace owed::host::test
