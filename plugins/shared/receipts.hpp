// What a sender answers when it is this one delivery that is wrong.
#pragma once

#include "owed/plugin.hpp"

namespace owed::plugins {

/// An Error of the class data (a bad address, no PDF, facts that do not add up) becomes a receipt `refused` with its
/// sentence, so that the notice ends there and the next one goes out; other Errors are about the connector and stay.
/// Nothing left in either case. Any thread.
Result<SendReceipt> refused_if_data(Result<SendReceipt> result);

}  // namespace owed::plugins
