# owed_add_plugin(NAME bank-files MANIFEST manifest.json SOURCES plugin.cpp ... [LIBS ...] [OUTPUT dir]
#                 [CHECK check/settings.json] [CASSETTE check/server.cassette])
# makes <build>/plugins/bank-files.so: one exported symbol, all of its libraries' symbols resolved and hidden, and the
# manifest in the ELF section .owed_manifest; plugins.lock beside it lists its hash. The target is plugin_<name>. Its
# libraries' own -fPIC is assumed.
# CHECK adds the test plugin.<name>.check: `owectl plugin check` with these settings (docs/integrators.md).
function(owed_add_plugin)
  cmake_parse_arguments(A "" "NAME;MANIFEST;OUTPUT;CHECK;CASSETTE" "SOURCES;LIBS" ${ARGN})
  foreach(required NAME MANIFEST SOURCES)
    if(NOT A_${required})
      message(FATAL_ERROR "owed_add_plugin: ${required} is missing")
    endif()
  endforeach()
  if(NOT A_OUTPUT)
    set(A_OUTPUT ${CMAKE_BINARY_DIR}/plugins)
  endif()
  get_filename_component(OWED_MANIFEST_PATH ${A_MANIFEST} ABSOLUTE)
  # A manifest that is no JSON, or of another plugin, should fail here and not at the first start.
  file(READ ${OWED_MANIFEST_PATH} manifest)
  string(JSON id ERROR_VARIABLE broken GET "${manifest}" id)
  if(broken)
    message(FATAL_ERROR "${OWED_MANIFEST_PATH}: ${broken}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${OWED_MANIFEST_PATH})
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${A_NAME}.manifest.S)
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/manifest.S.in ${assembly} @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${OWED_MANIFEST_PATH}
    COMPILE_OPTIONS "-xassembler-with-cpp")

  set(target plugin_${A_NAME})
  add_library(${target} MODULE ${A_SOURCES} ${assembly})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${A_NAME} LIBRARY_OUTPUT_DIRECTORY ${A_OUTPUT}
    POSITION_INDEPENDENT_CODE ON LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  target_link_libraries(${target} PRIVATE ${A_LIBS})
  if(TARGET owed_sdk)   # in owed's own tree
    target_link_libraries(${target} PRIVATE owed_sdk owed_flags)
  else()
    target_link_libraries(${target} PRIVATE owed::sdk)
  endif()
  # STB_GNU_UNIQUE would pin the object and share its statics with other plugins.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique> -fvisibility=hidden)
  target_link_options(${target} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map
    -Wl,--exclude-libs,ALL -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack)
  if(NOT OWED_SANITIZE)   # a sanitizer's runtime is found in the program that loads the plugin
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  string(MD5 folder_id ${A_OUTPUT})
  get_property(known GLOBAL PROPERTY OWED_PLUGINS_IN_${folder_id})
  set_property(GLOBAL APPEND PROPERTY OWED_PLUGINS_IN_${folder_id} ${A_NAME})
  if(NOT known)   # the first one of its folder: when all are known, write the folder's list
    cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY [[${CMAKE_SOURCE_DIR}]] CALL owed_write_plugins_lock [[${A_OUTPUT}]])")
  endif()
  if(A_CHECK)
    owed_add_plugin_check(${A_NAME} ${target} ${A_CHECK} "${A_CASSETTE}")
  endif()
endfunction()

# The conformance kit as a test: every check must pass or be skipped with its reason.
function(owed_add_plugin_check name target settings cassette)
  get_filename_component(settings ${settings} ABSOLUTE)
  set(options --settings ${settings})
  if(cassette)
    get_filename_component(cassette ${cassette} ABSOLUTE)
    list(APPEND options --cassette ${cassette})
  endif()
  if(TARGET owed_sdk)
    if(NOT OWED_TESTS OR OWED_SANITIZE)   # the kit measures memory and address space, which sanitizers take for themselves
      return()
    endif()
    set(owectl ${CMAKE_BINARY_DIR}/bin/owectl)
  elseif(OWED_OWECTL)
    set(owectl ${OWED_OWECTL})
  else()
    message(STATUS "owectl was not found, so plugin.${name}.check is left out; set OWED_OWECTL")
    return()
  endif()
  add_test(NAME plugin.${name}.check COMMAND ${owectl} plugin check $<TARGET_FILE:${target}> ${options})
  set_tests_properties(plugin.${name}.check PROPERTIES LABELS plugins TIMEOUT 300)
endfunction()

# <folder>/plugins.lock: the SHA-256 of each plugin that this build made there, as the daemon's loader compares it.
function(owed_write_plugins_lock folder)
  string(MD5 folder_id ${folder})
  get_property(names GLOBAL PROPERTY OWED_PLUGINS_IN_${folder_id})
  list(TRANSFORM names PREPEND plugin_ OUTPUT_VARIABLE targets)
  list(TRANSFORM names APPEND .so OUTPUT_VARIABLE files)
  add_custom_command(OUTPUT ${folder}/plugins.lock
    COMMAND ${CMAKE_COMMAND} -E sha256sum ${files} > plugins.lock.new
    COMMAND ${CMAKE_COMMAND} -E rename plugins.lock.new plugins.lock
    WORKING_DIRECTORY ${folder} DEPENDS ${targets} COMMENT "plugins.lock" VERBATIM)
  get_filename_component(folder_name ${folder} NAME)   # so that others can depend on plugins_lock
  add_custom_target(${folder_name}_lock ALL DEPENDS ${folder}/plugins.lock)
endfunction()
