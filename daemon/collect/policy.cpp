#include "collect/collect.hpp"

namespace owed::collect {

std::string_view name_of(Channel channel) noexcept {
    switch (channel) {
        case Channel::email: return "email";
        case Channel::letter: return "letter";
        case Channel::agency: return "agency";
    }
    return "email";
}

std::optional<Channel> channel_named(std::string_view name) noexcept {
    for (auto channel : {Channel::email, Channel::letter, Channel::agency})
        if (name_of(channel) == name) return channel;
    return {};
}

std::string_view name_of(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::notice: return "notice";
        case Verdict::wait: return "wait";
        case Verdict::stop: return "stop";
        case Verdict::escalate: return "escalate";
    }
    return "wait";
}

namespace {

tl::unexpected<Error> wrong(const std::string& field, std::string what) {
    return fail(Errc::invalid_config, std::move(what), field);
}

Status check_level(const Level& level, std::size_t index, const Level* before) {
    const auto field = "levels[" + std::to_string(index) + "]";
    if (level.level != static_cast<int>(index) + 1)
        return wrong(field + ".level", "level " + std::to_string(level.level) + " stands where level " +
                                           std::to_string(index + 1) + " is expected; levels count 1, 2, 3 without gaps");
    if (level.days_past_due < 1)
        return wrong(field + ".days", "an item due today is never dunned: days must be at least 1");
    if (before != nullptr && level.days_past_due <= before->days_past_due)
        return wrong(field + ".days", "days must rise from level to level: " + std::to_string(level.days_past_due) +
                                          " does not follow " + std::to_string(before->days_past_due));
    if (level.channel != Channel::agency && level.template_name.empty())
        return wrong(field + ".template", "a level that writes to the customer names its template");
    for (const auto& [currency, fee] : level.fee)
        if (fee.is_negative()) return wrong(field + ".fee." + currency, "a fee is not negative");
    return {};
}

}  // namespace

Status check(const Policy& policy) {
    if (policy.name.empty()) return wrong("name", "a policy has a name");
    if (policy.levels.empty()) return wrong("levels", "a policy has at least one level");
    if (policy.grace_days < 0) return wrong("grace_days", "grace days are not negative");
    if (policy.min_gap_days < 1) return wrong("min_gap_days", "at least one day lies between two notices");
    if (policy.repeat_last_max < 0) return wrong("repeat_last", "is not negative");
    const Level* before = nullptr;
    for (std::size_t i = 0; i < policy.levels.size(); ++i) {
        OWED_TRY_VOID(check_level(policy.levels[i], i, before));
        before = &policy.levels[i];
    }
    return {};
}

const Policy* policy_for(const std::vector<Policy>& policies, std::string_view segment) {
    const Policy* everybody = nullptr;
    for (const auto& policy : policies)
        for (const auto& name : policy.segments) {
            if (!segment.empty() && name == segment) return &policy;
            if (name == "*" && everybody == nullptr) everybody = &policy;
        }
    return everybody;
}

}  // namespace owed::collect
