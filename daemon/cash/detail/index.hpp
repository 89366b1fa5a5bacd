// A compact many-valued index: 32-bit hashes to rows, 16 bytes an entry. Hits are verified by the caller.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace owed::cash::detail {

class Index {
  public:
    void add(std::uint64_t hash, std::uint32_t row) {
        if (entries_.size() >= heads_.size()) grow();
        const auto tag = tag_of(hash);
        note(tag);
        auto& head = heads_[bucket(tag)];
        entries_.push_back({tag, row, head});
        head = static_cast<std::uint32_t>(entries_.size());
    }
    /// Rows whose hash is this one, the last added first, until `visit` answers false.
    template <class Visit>
    void each(std::uint64_t hash, Visit&& visit) const {
        if (heads_.empty()) return;
        const auto tag = tag_of(hash);
        // Most of what a text offers is no key: told apart in a table that stays in the cache.
        if (((seen_[bit(tag) >> 6] >> (bit(tag) & 63U)) & 1U) == 0) return;
        for (auto at = heads_[bucket(tag)]; at != 0; at = entries_[at - 1].next)
            if (entries_[at - 1].tag == tag && !visit(entries_[at - 1].row)) return;
    }
    void reserve(std::size_t entries) {
        entries_.reserve(entries);
        while (heads_.size() < entries) grow();
    }
    std::size_t bytes() const {
        return entries_.capacity() * sizeof(Entry) + heads_.capacity() * sizeof(std::uint32_t) + seen_.capacity() * sizeof(std::uint64_t);
    }

  private:
    struct Entry {
        std::uint32_t tag, row, next;   // next: one above the entry's place; 0 ends
    };
    static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
    std::size_t bucket(std::uint32_t tag) const { return static_cast<std::size_t>((std::uint64_t{tag} * heads_.size()) >> 32); }
    std::size_t bit(std::uint32_t tag) const { return static_cast<std::size_t>((std::uint64_t{tag} * (seen_.size() * 64)) >> 32); }
    void note(std::uint32_t tag) { seen_[bit(tag) >> 6] |= std::uint64_t{1} << (bit(tag) & 63U); }
    void grow() {
        heads_.assign(heads_.empty() ? 64 : heads_.size() * 2, 0);
        seen_.assign(heads_.size() / 8, 0);   // eight bits a key
        for (const auto& entry : entries_) note(entry.tag);
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            auto& head = heads_[bucket(entries_[i].tag)];
            entries_[i].next = head;
            head = static_cast<std::uint32_t>(i + 1);
        }
    }
    std::vector<std::uint32_t> heads_;
    std::vector<Entry> entries_;
    std::vector<std::uint64_t> seen_;   // a bit of each tag that is there
};

/// FNV-1a with a last mixing step: its upper half is the tag.
inline std::uint64_t hash_of(std::uint64_t seed, std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL ^ (seed * 0x9E3779B97F4A7C15ULL);
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    hash ^= hash >> 29;
    hash *= 0xBF58476D1CE4E5B9ULL;
    return hash ^ (hash >> 32);
}

}  // namespace owed::cash::detail
