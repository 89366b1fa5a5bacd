# How owed is compiled: one interface target for the flags, and the functions that make a room.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# -fPIC for all (below), executables too: one precompiled header then fits every target, and PIE links from it.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_PCH_WARN_INVALID OFF)   # a target whose definitions differ compiles without the shared header, a little slower
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")   # assertions stay on: they guard the books

find_program(OWED_CCACHE ccache)
if(OWED_CCACHE)
  # base_dir makes clones of the tree share what was compiled; the sloppiness is what precompiled headers need. Those are large:
  # the inode cache hashes each once instead of for every file, and depend mode spares a miss the run of the preprocessor.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_INODECACHE=1 CCACHE_DEPEND=1 ${OWED_CCACHE})
endif()
find_program(OWED_MOLD mold)

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(EXPAT REQUIRED)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(LIBELF REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(LIBSSH REQUIRED IMPORTED_TARGET libssh)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc icu-i18n)
find_library(OWED_DATE_TZ date-tz REQUIRED)

# g++ 12 with optimisation misjudges constant strings that are appended to, and strings inside of variants and expecteds
# (GCC bug 105651 and its kin). Rooms that do so say so; tests all do. Without optimisation the warnings are on everywhere.
set(OWED_FALSE_STRING_WARNINGS -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized)

add_library(owed_flags INTERFACE)
target_compile_options(owed_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion
  -fPIC -fno-plt -fstack-protector-strong -pthread -Winvalid-pch $<$<AND:$<CONFIG:Release>,$<NOT:$<BOOL:$<TARGET_PROPERTY:OWED_IS_TEST>>>>:-D_FORTIFY_SOURCE=2> -D_GLIBCXX_ASSERTIONS -fpch-preprocess)
# -pthread and the definition are gmime's and libssh's: g++ refuses a precompiled header that was made without them.
target_compile_definitions(owed_flags INTERFACE BOOST_DLL_USE_STD_FS BOOST_ASIO_NO_DEPRECATED _LARGEFILE64_SOURCE
  SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL OWED_VERSION="${PROJECT_VERSION}")
target_link_options(owed_flags INTERFACE -Wl,-z,relro,-z,now $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
if(OWED_MOLD)
  target_link_options(owed_flags INTERFACE -fuse-ld=mold)
endif()
if(OWED_SANITIZE)
  string(REPLACE ";" "," sanitizers "${OWED_SANITIZE}")
  target_compile_options(owed_flags INTERFACE -fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(owed_flags INTERFACE -fsanitize=${sanitizers})
endif()

# What tests say is compiled once and runs for milliseconds; the rooms they test are optimised all the same. Not for benchmarks.
function(owed_compile_quickly target)
  set_target_properties(${target} PROPERTIES OWED_IS_TEST ON)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O0>)
endfunction()

# The daemon, and the benches that speak for it, allocate with jemalloc (docs/decisions/0015). A sanitizer brings its own.
function(owed_allocator target)
  if(NOT OWED_SANITIZE)
    target_link_libraries(${target} PRIVATE PkgConfig::JEMALLOC)
  endif()
endfunction()

# Precompiled headers, one target each, reused by every room that asks: std for all, asio for those that speak it, test
# for the tests. Domain rooms must not see Asio, SQLite or curl.
function(owed_pch name)
  cmake_parse_arguments(A "" "" "HEADERS;LIBS" ${ARGN})
  file(WRITE ${CMAKE_BINARY_DIR}/pch/${name}.cpp "namespace owed { int pch_${name}; }\n")
  add_library(owed_pch_${name} OBJECT ${CMAKE_BINARY_DIR}/pch/${name}.cpp)
  target_link_libraries(owed_pch_${name} PRIVATE owed_flags ${A_LIBS})
  target_precompile_headers(owed_pch_${name} PRIVATE ${A_HEADERS})
endfunction()
owed_pch(std HEADERS <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <optional> <set> <span>
  <string> <string_view> <tuple> <unordered_map> <utility> <variant> <vector> <tl/expected.hpp>)
owed_pch(asio HEADERS <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <optional> <span> <string>
  <string_view> <unordered_map> <utility> <variant> <vector> <tl/expected.hpp> <boost/asio.hpp> <boost/json.hpp>
  LIBS Boost::json Threads::Threads)
if(OWED_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  owed_pch(test HEADERS <gtest/gtest.h> <gmock/gmock.h> <algorithm> <map> <memory> <optional> <string> <string_view>
  <variant> <vector> <tl/expected.hpp> LIBS GTest::gtest GTest::gmock)
  owed_compile_quickly(owed_pch_test)
endif()

# Several sources compiled as one: what their headers instantiate is compiled once for all of them, and a clean build takes half the
# time. A change of one file compiles its neighbours too, so the dev preset leaves it off, and finds the include that a file forgot.
# Names in anonymous namespaces are therefore a room's, not a file's. Paths are the same in each clone: ccache shares the objects.
option(OWED_BATCH "Compile several sources of a target as one" OFF)
function(owed_batch target)
  if(NOT OWED_BATCH)
    return()
  endif()
  get_target_property(kept ${target} SOURCES)
  set(sources ${kept})
  list(FILTER sources INCLUDE REGEX "^[^/$].*\\.cpp$")
  list(FILTER kept EXCLUDE REGEX "^[^/$].*\\.cpp$")
  foreach(source ${sources})
    get_source_file_property(alone ${source} OWED_ALONE)   # set before the target is made
    if(alone)
      list(REMOVE_ITEM sources ${source})
      list(APPEND kept ${source})
    endif()
  endforeach()
  list(LENGTH sources left)
  if(left LESS 2)
    return()
  endif()
  set(number 0)
  while(left GREATER 0)
    list(SUBLIST sources 0 8 batch)
    list(REMOVE_ITEM sources ${batch})
    list(LENGTH sources left)
    set(text "")
    foreach(source ${batch})
      file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${source})
      string(APPEND text "#include \"${path}\"\n")
    endforeach()
    set(file ${CMAKE_BINARY_DIR}/batches/${target}_${number}.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT "${text}" @ONLY)
    list(APPEND kept ${file})
    math(EXPR number "${number} + 1")
  endwhile()
  set_target_properties(${target} PROPERTIES SOURCES "${kept}")
  target_compile_options(${target} PRIVATE "SHELL:-iquote ${CMAKE_SOURCE_DIR}" -Wno-subobject-linkage)   # takes included sources for headers
endfunction()

# One room = one static library `owed_<name>`.
#   owed_room(ledger SOURCES post.cpp ... USES sdk store audit [LIBS PkgConfig::X ...] [PCH std|asio|none] [INCLUDE dir])
# USES lists exactly the rooms it includes; .ci/check-floors holds it to the floors of DESIGN section 1.
function(owed_room name)
  cmake_parse_arguments(A "" "PCH;INCLUDE" "SOURCES;USES;LIBS" ${ARGN})
  add_library(owed_${name} STATIC ${A_SOURCES})
  target_link_libraries(owed_${name} PRIVATE owed_flags)
  foreach(room ${A_USES})
    target_link_libraries(owed_${name} PUBLIC owed_${room})
  endforeach()
  target_link_libraries(owed_${name} PUBLIC ${A_LIBS})
  if(A_INCLUDE)
    target_include_directories(owed_${name} PUBLIC ${A_INCLUDE})
  else()
    target_include_directories(owed_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/..)
  endif()
  if(NOT A_PCH)
    set(A_PCH std)
  endif()
  if(NOT A_PCH STREQUAL "none")
    target_precompile_headers(owed_${name} REUSE_FROM owed_pch_${A_PCH})
  endif()
  owed_batch(owed_${name})
endfunction()

# The tests of a room, one executable `owed_<name>_test`; each TEST becomes a ctest entry.
#   owed_room_test(ledger SOURCES post_test.cpp ... USES ledger [LIBS ...] [LABELS slow])
function(owed_room_test name)
  if(NOT OWED_TESTS)
    return()
  endif()
  cmake_parse_arguments(A "" "LABELS" "SOURCES;USES;LIBS;ENVIRONMENT" ${ARGN})
  add_executable(owed_${name}_test ${A_SOURCES})
  target_link_libraries(owed_${name}_test PRIVATE owed_flags)
  foreach(room ${A_USES})
    target_link_libraries(owed_${name}_test PRIVATE owed_${room})
  endforeach()
  target_link_libraries(owed_${name}_test PRIVATE ${A_LIBS} GTest::gtest_main GTest::gmock owed_places)
  target_compile_options(owed_${name}_test PRIVATE ${OWED_FALSE_STRING_WARNINGS})
  owed_compile_quickly(owed_${name}_test)
  target_precompile_headers(owed_${name}_test REUSE_FROM owed_pch_test)
  owed_batch(owed_${name}_test)
  if(NOT A_LABELS)
    set(A_LABELS unit)
  endif()
  gtest_discover_tests(owed_${name}_test TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${A_LABELS}" TIMEOUT 300)
endfunction()
