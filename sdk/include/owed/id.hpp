// Strong ids: a CustomerId is never an OpenItemId, nor an int.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace owed {

/// A row's identity in the store. "None yet" is std::optional<Id>, never 0.
template <class Tag>
struct Id {
    std::int64_t value = 0;
    constexpr auto operator<=>(const Id&) const = default;
};

using CustomerId = Id<struct CustomerTag>;
using OpenItemId = Id<struct OpenItemTag>;
using EntryId = Id<struct EntryTag>;              ///< a journal entry
using ApplicationId = Id<struct ApplicationTag>;
using ArtifactId = Id<struct ArtifactTag>;
using RecordId = Id<struct RecordTag>;
using OrderId = Id<struct OrderTag>;
using NoticeId = Id<struct NoticeTag>;
using DunningRunId = Id<struct DunningRunTag>;

}  // namespace owed

template <class Tag>
struct std::hash<owed::Id<Tag>> {
    std::size_t operator()(owed::Id<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
