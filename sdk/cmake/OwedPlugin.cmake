# owed_add_plugin(NAME bank-files MANIFEST manifest.json SOURCES plugin.cpp ... [LIBS ...] [OUTPUT dir]
#                 [CHECK check/settings.json ...] [CASSETTE check/server.cassette])
# makes <build>/plugins/bank-files.so: one exported symbol, all of its libraries' symbols resolved and hidden, and the
# manifest in the ELF section .owed_manifest; plugins.lock beside it lists its hash. The target is plugin_<name>. Its
# libraries' own -fPIC is assumed.
# CHECK adds the test plugin.<name>.<folder of the settings>: `owectl plugin check` with them (docs/integrators.md).
function(owed_add_plugin)
  cmake_parse_arguments(A "" "NAME;MANIFEST;OUTPUT;CASSETTE" "SOURCES;LIBS;CHECK" ${ARGN})
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
    target_precompile_headers(${target} REUSE_FROM owed_pch_std)
    target_compile_options(${target} PRIVATE ${OWED_FALSE_STRING_WARNINGS})
    owed_batch(${target})
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
  owed_list_plugin(${A_OUTPUT} ${target} ${A_NAME}.so)
  foreach(settings ${A_CHECK})
    owed_add_plugin_check(${A_NAME} $<TARGET_FILE:${target}> ${settings} "${A_CASSETTE}")
  endforeach()
endfunction()

# owed_add_program(NAME my-source MANIFEST manifest.json MAIN main.py [MODULES more.py ...] [OUTPUT dir] [CHECK ...] [CASSETTE ...])
# owed_add_program(NAME my-source MANIFEST manifest.json SOURCES main.cpp ... [LIBS ...] [OUTPUT dir] [CHECK ...] [CASSETTE ...])
# makes a plugin that is a program (docs/reference/frames.md): <build>/plugins/my-source, executable, and beside it
# my-source.manifest.json. Python is packed into one file, with owed_plugin.py (what plugins derive from), owed_records.py and
# owed_frames.py below it, and with flatc's code of the records as the module records_generated. plugins.lock lists both files.
# The target is program_<name>. CHECK and CASSETTE as of owed_add_plugin.
function(owed_add_program)
  cmake_parse_arguments(A "" "NAME;MANIFEST;MAIN;OUTPUT;CASSETTE" "MODULES;SOURCES;LIBS;CHECK" ${ARGN})
  if(NOT A_NAME OR NOT A_MANIFEST OR (NOT A_MAIN AND NOT A_SOURCES))
    message(FATAL_ERROR "owed_add_program: NAME, MANIFEST and MAIN or SOURCES are needed")
  endif()
  if(NOT A_OUTPUT)
    set(A_OUTPUT ${CMAKE_BINARY_DIR}/plugins)
  endif()
  set(target program_${A_NAME})
  set(manifest ${A_OUTPUT}/${A_NAME}.manifest.json)
  get_filename_component(manifest_source ${A_MANIFEST} ABSOLUTE)
  add_custom_command(OUTPUT ${manifest} COMMAND ${CMAKE_COMMAND} -E copy ${manifest_source} ${manifest} DEPENDS ${manifest_source} VERBATIM)
  if(A_MAIN)
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    set(here ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
    set(pack ${here}/pack_program.py)
    set(modules ${here})   # installed beside this file
    set(schema ${OWED_SDK_SCHEMA})
    if(TARGET owed_sdk)   # in owed's own tree
      set(modules ${here}/../python)
      set(schema ${here}/../schema/records.fbs)
    endif()
    get_filename_component(main ${A_MAIN} ABSOLUTE)
    list(TRANSFORM A_MODULES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    set(records ${CMAKE_CURRENT_BINARY_DIR}/${A_NAME}.records)
    list(APPEND A_MODULES ${modules}/owed_frames.py ${modules}/owed_plugin.py ${modules}/owed_records.py ${schema} ${records}/records_generated.py)
    add_custom_command(OUTPUT ${records}/records_generated.py
      COMMAND ${OWED_FLATC} --python --gen-onefile -o ${records} ${schema}
      DEPENDS ${schema} COMMENT "flatc --python for ${A_NAME}" VERBATIM)
    add_custom_command(OUTPUT ${A_OUTPUT}/${A_NAME} COMMAND ${CMAKE_COMMAND} -E make_directory ${A_OUTPUT}
      COMMAND ${Python3_EXECUTABLE} ${pack} ${A_OUTPUT}/${A_NAME} ${main} ${A_MODULES} DEPENDS ${pack} ${main} ${A_MODULES} VERBATIM)
    add_custom_target(${target} ALL DEPENDS ${A_OUTPUT}/${A_NAME} ${manifest})
  else()
    add_executable(${target} ${A_SOURCES})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${A_NAME} RUNTIME_OUTPUT_DIRECTORY ${A_OUTPUT})
    target_link_libraries(${target} PRIVATE ${A_LIBS})
    add_custom_target(${target}_manifest ALL DEPENDS ${manifest})
    add_dependencies(${target} ${target}_manifest)
  endif()
  owed_list_plugin(${A_OUTPUT} ${target} ${A_NAME} ${A_NAME}.manifest.json)
  foreach(settings ${A_CHECK})
    owed_add_plugin_check(${A_NAME} ${A_OUTPUT}/${A_NAME} ${settings} "${A_CASSETTE}")
  endforeach()
endfunction()

# Notes that the folder's plugins.lock lists these files of a target.
function(owed_list_plugin folder target)
  string(MD5 folder_id ${folder})
  get_property(known GLOBAL PROPERTY OWED_PLUGINS_IN_${folder_id})
  set_property(GLOBAL APPEND PROPERTY OWED_PLUGINS_IN_${folder_id} ${target})
  set_property(GLOBAL APPEND PROPERTY OWED_PLUGIN_FILES_IN_${folder_id} ${ARGN})
  if(NOT known)   # the first one of its folder: when all are known, write the folder's list
    cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY [[${CMAKE_SOURCE_DIR}]] CALL owed_write_plugins_lock [[${folder}]])")
  endif()
endfunction()

# The conformance kit as a test: every check must pass or be skipped with its reason.
function(owed_add_plugin_check name file settings cassette)
  get_filename_component(settings ${settings} ABSOLUTE)
  set(options --settings ${settings})
  get_filename_component(folder ${settings} DIRECTORY)
  get_filename_component(folder ${folder} NAME)
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
    message(STATUS "owectl was not found, so plugin.${name}.${folder} is left out; set OWED_OWECTL")
    return()
  endif()
  add_test(NAME plugin.${name}.${folder} COMMAND ${owectl} plugin check ${file} ${options})
  set_tests_properties(plugin.${name}.${folder} PROPERTIES LABELS plugins TIMEOUT 300)
endfunction()

# <folder>/plugins.lock: the SHA-256 of each plugin that this build made there, as the daemon's loader compares it.
function(owed_write_plugins_lock folder)
  string(MD5 folder_id ${folder})
  get_property(targets GLOBAL PROPERTY OWED_PLUGINS_IN_${folder_id})
  get_property(files GLOBAL PROPERTY OWED_PLUGIN_FILES_IN_${folder_id})
  list(TRANSFORM files PREPEND ${folder}/ OUTPUT_VARIABLE paths)
  add_custom_command(OUTPUT ${folder}/plugins.lock
    COMMAND ${CMAKE_COMMAND} -E sha256sum ${files} > plugins.lock.new
    COMMAND ${CMAKE_COMMAND} -E rename plugins.lock.new plugins.lock
    WORKING_DIRECTORY ${folder} DEPENDS ${targets} ${paths} COMMENT "plugins.lock" VERBATIM)
  get_filename_component(folder_name ${folder} NAME)   # so that others can depend on plugins_lock
  add_custom_target(${folder_name}_lock ALL DEPENDS ${folder}/plugins.lock)
endfunction()
