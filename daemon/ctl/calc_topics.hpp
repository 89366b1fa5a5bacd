// The topics of `owectl calc`, a function each, by the file that holds them. A new topic is a function here and a row in
// calc.cpp. Each answers one question; keys: docs/reference/calc.md.
#pragma once

#include "ctl/calc.hpp"
#include "ctl/calc_fields.hpp"
#include "owed/calendar.hpp"
#include "owed/terms.hpp"

namespace owed::ctl {

// calc_terms.cpp
Result<boost::json::object> calc_terms(const boost::json::object& question);
Result<boost::json::object> calc_discount(const boost::json::object& question);
/// Key `terms` (a text or an object) as configuration writes them, and `calendar` (a name or an object). Missing: net 0 and
/// weekends.
Result<Terms> read_terms(CalcFields& question);
Result<Calendar> read_calendar(CalcFields& question);

// calc_interest.cpp
Result<boost::json::object> calc_interest(const boost::json::object& question);

// calc_reference.cpp
Result<boost::json::object> calc_reference(const boost::json::object& question);
Result<boost::json::object> calc_epc_qr(const boost::json::object& question);

// calc_report.cpp
Result<boost::json::object> calc_aging(const boost::json::object& question);
Result<boost::json::object> calc_measure(const boost::json::object& question);
Result<boost::json::object> calc_provision(const boost::json::object& question);

// calc_money.cpp
Result<boost::json::object> calc_tolerance(const boost::json::object& question);
Result<boost::json::object> calc_fx(const boost::json::object& question);

// calc_match.cpp
Result<boost::json::object> calc_match(const boost::json::object& question);

// calc_dun.cpp
Result<boost::json::object> calc_dun(const boost::json::object& question);

}  // namespace owed::ctl
