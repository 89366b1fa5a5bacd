// The words by which the topics of calc read a question.
#pragma once

#include "config/json_fields.hpp"

namespace owed::ctl {

using CalcFields = config::JsonFields;
using config::json_or_null;
using config::json_text;

}  // namespace owed::ctl
