// Where the tests find the checkout and what was built of it.
#pragma once

#include <string>

namespace owed {

/// The top of the checkout, absolute, without a slash at its end.
std::string source_folder();
/// The top of the build, absolute, without a slash at its end.
std::string build_folder();

}
