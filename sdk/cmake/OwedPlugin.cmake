# owed_add_plugin(NAME bank-files MANIFEST manifest.json SOURCES plugin.cpp ... [LIBS ...] [OUTPUT dir])
# makes <build>/plugins/bank-files.so: one exported symbol, all of its libraries' symbols resolved and hidden, and the
# manifest in the ELF section .owed_manifest. The target is plugin_<name>. Its libraries' own -fPIC is assumed.
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
  set_property(GLOBAL APPEND PROPERTY OWED_PLUGIN_TARGETS ${target})
endfunction()
