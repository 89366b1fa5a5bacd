# The SDK as a part of its own: `cmake --install build --component sdk`, and the package owed-dev. A plugin's project needs
# nothing else of owed's tree; owectl (plugin new, plugin check) is the daemon's package.
include(CMakePackageConfigHelpers)
set(OWED_SDK_SHARE ${CMAKE_INSTALL_DATAROOTDIR}/owed-sdk)
set(OWED_SDK_LIB lib/owed-sdk)
set(config lib/cmake/owed-sdk)

install(DIRECTORY ${CMAKE_SOURCE_DIR}/sdk/include/owed DESTINATION include COMPONENT sdk FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(FILES ${CMAKE_SOURCE_DIR}/sdk/schema/records.fbs DESTINATION ${OWED_SDK_SHARE} COMPONENT sdk)
install(TARGETS owed_sdk ARCHIVE DESTINATION ${OWED_SDK_LIB} COMPONENT sdk)

set(OWED_SDK_OWECTL_HINT "")
configure_package_config_file(${CMAKE_SOURCE_DIR}/sdk/cmake/owed-sdkConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfig.cmake
  INSTALL_DESTINATION ${config} PATH_VARS OWED_SDK_SHARE OWED_SDK_LIB)
# Before 1.0 each 0.x may change the boundary; from 1.0 on what fits 1.0 fits every later 1.x.
if(PROJECT_VERSION VERSION_LESS 1)
  set(compatible SameMinorVersion)
else()
  set(compatible SameMajorVersion)
endif()
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfigVersion.cmake VERSION ${PROJECT_VERSION} COMPATIBILITY ${compatible})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/owed-sdkConfigVersion.cmake
  ${CMAKE_SOURCE_DIR}/sdk/cmake/OwedPlugin.cmake ${CMAKE_SOURCE_DIR}/sdk/cmake/manifest.S.in ${CMAKE_SOURCE_DIR}/sdk/cmake/plugin.map
  DESTINATION ${config} COMPONENT sdk)
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/debian/copyright DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/owed-dev COMPONENT sdk)
install(FILES ${CMAKE_SOURCE_DIR}/docs/integrators.md DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/owed-dev COMPONENT sdk)
# Each package has the changelog; changelog.Debian.gz is made by packaging/CMakeLists.txt.
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/owed-dev COMPONENT sdk
  OPTIONAL)   # a build of the SDK alone has none
