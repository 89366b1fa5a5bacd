#include "store/beside.hpp"

#include <thread>

namespace owed::store {

StartBeside beside() {
    return [](std::function<void()> work) -> std::shared_ptr<void> { return std::make_shared<std::jthread>(std::move(work)); };
}

}  // namespace owed::store
