#include "notify/notify.hpp"

namespace owed::notify {

std::string_view name_of(State state) noexcept {
    switch (state) {
        case State::planned: return "planned";
        case State::approved: return "approved";
        case State::reserved: return "reserved";
        case State::sent: return "sent";
        case State::confirmed: return "confirmed";
        case State::refused: return "refused";
        case State::retry: return "retry";
        case State::unknown: return "unknown";
        case State::undelivered: return "undelivered";
        case State::withdrawn: return "withdrawn";
    }
    return "unknown";
}

bool may_become(State from, State to) noexcept {
    switch (from) {  // no default: a new state must say where it leads
        case State::planned: return to == State::approved || to == State::withdrawn;
        case State::approved: return to == State::reserved || to == State::withdrawn;
        case State::reserved: return to == State::sent || to == State::refused || to == State::retry || to == State::unknown;
        case State::retry: return to == State::reserved || to == State::withdrawn;
        case State::unknown: return to == State::sent || to == State::retry || to == State::refused;
        case State::sent: return to == State::confirmed || to == State::undelivered;
        case State::confirmed:
        case State::refused:
        case State::undelivered:
        case State::withdrawn: return false;
    }
    return false;
}

}  // namespace owed::notify
