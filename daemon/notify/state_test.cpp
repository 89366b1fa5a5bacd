#include <gtest/gtest.h>

#include <set>

#include "notify/notify.hpp"

namespace owed::notify {
namespace {

constexpr State all_states[] = {State::planned, State::approved, State::reserved, State::sent, State::confirmed,
                                State::refused, State::retry, State::unknown, State::undelivered, State::withdrawn};

TEST(NoticeState, every_pair_of_states) {
    const std::set<std::pair<State, State>> allowed = {
        {State::planned, State::approved},   {State::planned, State::withdrawn},  {State::approved, State::reserved},
        {State::approved, State::withdrawn}, {State::reserved, State::sent},      {State::reserved, State::refused},
        {State::reserved, State::retry},     {State::reserved, State::unknown},   {State::retry, State::reserved},
        {State::retry, State::withdrawn},    {State::unknown, State::sent},       {State::unknown, State::retry},
        {State::unknown, State::refused},    {State::sent, State::confirmed},     {State::sent, State::undelivered},
    };
    for (auto from : all_states)
        for (auto to : all_states)
            EXPECT_EQ(may_become(from, to), allowed.contains({from, to})) << name_of(from) << " to " << name_of(to);
}

TEST(NoticeState, terminal_states_never_change_and_unknown_is_never_reserved_by_itself) {
    for (auto terminal : {State::confirmed, State::refused, State::undelivered, State::withdrawn})
        for (auto to : all_states) EXPECT_FALSE(may_become(terminal, to)) << name_of(terminal);
    EXPECT_FALSE(may_become(State::unknown, State::reserved));
    EXPECT_FALSE(may_become(State::sent, State::reserved));
}

TEST(NoticeState, names_differ) {
    std::set<std::string_view> names;
    for (auto state : all_states) names.insert(name_of(state));
    EXPECT_EQ(names.size(), std::size(all_states));
}

}  // namespace
}  // namespace owed::notify
