// Lists of many rows as JSON text. A tree of values for a hundred thousand rows is ten times as large as their text.
#pragma once

#include <string>

#include "api/detail/json.hpp"

namespace owed::api::detail {

/// {"NAME": [row, row, ...], and the members that stand beside}, each row made into text as it comes.
class RowsText {
  public:
    explicit RowsText(std::string_view name) : text_{"{\"" + std::string{name} + "\":["} {}
    void add(const json::object& row) {
        if (text_.back() != '[') text_.push_back(',');
        text_ += json::serialize(row);
    }
    /// Once, at the end.
    std::string end(const json::object& beside) {
        text_.push_back(']');
        if (!beside.empty()) text_.push_back(',');
        text_.append(json::serialize(beside), 1);
        return std::move(text_);
    }

  private:
    std::string text_;
};

/// As `reading`, for an answer that `body` makes as text.
inline Result<Answer> reading_text(App& app, const std::function<Result<std::string>(store::Db&)>& body) {
    Answer answer;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(answer.text, body(db));
        return {};
    }));
    return answer;
}

}  // namespace owed::api::detail
