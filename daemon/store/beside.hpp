// The door to a second thread: rooms that may work beside the database get it passed in, so that a play from one seed can leave it out.
#pragma once

#include <functional>
#include <memory>

namespace owed::store {

/// Starts `work` beside the caller and answers a handle; letting go of the handle waits until the work has ended. The work must be
/// able to end then: who passes it tells it before.
using StartBeside = std::function<std::shared_ptr<void>(std::function<void()> work)>;

/// A thread of the operating system for each. Throws std::system_error when there is none to be had.
StartBeside beside();

}  // namespace owed::store
