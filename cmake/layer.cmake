# SPDX-License-Identifier: MIT

# cs_precompile(TARGET HEADER LIBS …): precompiles HEADER for all targets that reuse it (REUSE_FROM). LIBS provide the
# compiler flags.
function(cs_precompile target header)
  cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
  add_library(${target} OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(${target} PRIVATE ${ARG_LIBS})
  if(CUBESTREAM_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/${header})
  endif()
endfunction()

# cs_layer(NAME SOURCES a.cpp … LIBS …): builds the folder src/NAME as the static library cs_NAME.
function(cs_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND src/${name}/ REGEX "^[^/]")
  add_library(cs_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(cs_${name} PUBLIC cs_build ${ARG_LIBS})
  if(CUBESTREAM_PRECOMPILE)
    target_precompile_headers(cs_${name} REUSE_FROM cs_precompiled)
  endif()
endfunction()

# cs_embed(TARGET VARIABLE FOLDER FILE…): embeds FILE… into TARGET as the table cs::VARIABLE of {name, contents}. File
# names are relative to FOLDER.
function(cs_embed target variable folder)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${variable}.cpp)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/ OUTPUT_VARIABLE files)
  string(REPLACE ";" "," names "${ARGN}")
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DVARIABLE=${variable} -DFOLDER=${CMAKE_CURRENT_SOURCE_DIR}/${folder}
      -DNAMES=${names} -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
