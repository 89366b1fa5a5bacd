# The SDK as a part of its own: `cmake --install build --component sdk`, and the package owed-dev. A plugin's project needs
# nothing else of owed's tree; owectl (plugin new, plugin check) is the daemon's package.
include(CMakePackageConfigHelpers)
set(config lib/cmake/owed-sdk)
set(cmake_files ${CMAKE_SOURCE_DIR}/sdk/cmake/OwedPlugin.cmake ${CMAKE_SOURCE_DIR}/sdk/cmake/manifest.S.in ${CMAKE_SOURCE_DIR}/sdk/cmake/plugin.map
  ${CMAKE_SOURCE_DIR}/sdk/cmake/pack_program.py ${CMAKE_SOURCE_DIR}/sdk/python/owed_frames.py
  ${CMAKE_SOURCE_DIR}/sdk/python/owed_plugin.py ${CMAKE_SOURCE_DIR}/sdk/python/owed_records.py)

install(DIRECTORY ${CMAKE_SOURCE_DIR}/sdk/include/owed DESTINATION include COMPONENT sdk FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(FILES ${CMAKE_SOURCE_DIR}/sdk/schema/records.fbs DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/owed-sdk COMPONENT sdk)
install(TARGETS owed_sdk ARCHIVE DESTINATION lib/owed-sdk COMPONENT sdk)

# Where the config finds the rest: below the prefix that it is installed to ...
set(OWED_SDK_BASE "\${PACKAGE_PREFIX_DIR}/")
set(OWED_SDK_SCHEMA_FILE ${CMAKE_INSTALL_DATAROOTDIR}/owed-sdk/records.fbs)
set(OWED_SDK_LIBRARY_FILE lib/owed-sdk/libowed_sdk.a)
set(OWED_SDK_INCLUDE_FOLDER include)
set(OWED_SDK_BIN_FOLDER bin)
configure_package_config_file(${CMAKE_SOURCE_DIR}/sdk/cmake/owed-sdkConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfig.cmake
  INSTALL_DESTINATION ${config})
# Before 1.0 each 0.x may change the boundary; from 1.0 on what fits 1.0 fits every later 1.x.
if(PROJECT_VERSION VERSION_LESS 1)
  set(compatible SameMinorVersion)
else()
  set(compatible SameMajorVersion)
endif()
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfigVersion.cmake VERSION ${PROJECT_VERSION} COMPATIBILITY ${compatible})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfigVersion.cmake ${cmake_files}
  DESTINATION ${config} COMPONENT sdk)

# ... or in this tree, so that a plugin can be begun before anything is installed: build/owed-sdk/owed-sdkConfig.cmake.
set(OWED_SDK_BASE "")
set(OWED_SDK_SCHEMA_FILE ${CMAKE_SOURCE_DIR}/sdk/schema/records.fbs)
set(OWED_SDK_LIBRARY_FILE ${CMAKE_BINARY_DIR}/sdk/libowed_sdk.a)
set(OWED_SDK_INCLUDE_FOLDER ${CMAKE_SOURCE_DIR}/sdk/include)
set(OWED_SDK_BIN_FOLDER ${CMAKE_BINARY_DIR}/bin)
set(here ${CMAKE_BINARY_DIR}/owed-sdk)
configure_package_config_file(${CMAKE_SOURCE_DIR}/sdk/cmake/owed-sdkConfig.cmake.in ${here}/owed-sdkConfig.cmake INSTALL_DESTINATION ${here})
file(COPY ${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfigVersion.cmake ${cmake_files} DESTINATION ${here})
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${cmake_files})

install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/debian/copyright DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/owed-dev COMPONENT sdk)
# The guide, and what it links to and names.
install(FILES ${CMAKE_SOURCE_DIR}/docs/integrators.md DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/owed-dev COMPONENT sdk)
install(FILES ${CMAKE_SOURCE_DIR}/docs/reference/frames.md ${CMAKE_SOURCE_DIR}/docs/reference/transfer.md
  DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/owed-dev/reference COMPONENT sdk)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/examples DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/owed-dev COMPONENT sdk)
# Each package has the changelog; changelog.Debian.gz is made by packaging/CMakeLists.txt.
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/owed-dev COMPONENT sdk
  OPTIONAL)   # a build of the SDK alone has none
