# owed_add_plugin(NAME bank-files MANIFEST manifest.json SOURCES plugin.cpp ... [LIBS ...] [OUTPUT dir])
# makes <build>/plugins/bank-files.so: one exported symbol, all of its libraries' symbols resolved and hidden, and the
# manifest in the ELF section .owed_manifest; plugins.lock beside it lists its hash. The target is plugin_<name>. Its libraries' own -fPIC is assumed.
function(owed_add_plugin)
  cmake_parse_arguments(A "" "NAME;MANIFEST;OUTPUT" "SOURCES;LIBS" ${ARGN})
  foreach(required NAME MANIFEST SOURCES)
    if(NOT A_${required})
      message(FATAL_ERROR "owed_add_plugin: ${required} is missing")
    endif()
  endforeach()
  if(NOT A_OUTPUT)
    set(A_OUTPUT ${CMAKE_BINARY_DIR}/plugins)
  endif()
  get_filename_component(OWED_MANIFEST_PATH ${A_MANIFEST} ABSOLUTE)
  # A manifest that is no JSON should fail here and not at the first start.
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
    LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  target_link_libraries(${target} PRIVATE ${A_LIBS} owed_sdk owed_flags)
  # STB_GNU_UNIQUE would pin the object and share its statics with other plugins.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique> -fvisibility=hidden)
  target_link_options(${target} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map
    -Wl,--exclude-libs,ALL -Wl,-z,now -Wl,-z,relro)
  if(NOT OWED_SANITIZE)   # a sanitizer's runtime is found in the program that loads the plugin
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  string(MD5 folder_id ${A_OUTPUT})
  get_property(known GLOBAL PROPERTY OWED_PLUGINS_IN_${folder_id})
  set_property(GLOBAL APPEND PROPERTY OWED_PLUGINS_IN_${folder_id} ${A_NAME})
  if(NOT known)   # the first one of its folder: when all are known, write the folder's list
    cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY [[${CMAKE_SOURCE_DIR}]] CALL owed_write_plugins_lock [[${A_OUTPUT}]])")
  endif()
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
