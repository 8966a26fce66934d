# SPDX-License-Identifier: Apache-2.0

# Bazel's rules, as functions: what a BUILD.bazel file says line for line, the
# CMakeLists.txt beside it says with these.
#
#   Bazel                            CMake
#   //atomic:int64, public           sync_atomic::int64
#   //atomic:integer, private        sync_atomic::internal_integer
#   @com_google_absl//absl/hash      absl::hash
#   linkopts = ["-pthread"]          Threads::Threads among the DEPS
#
# All targets of a kind share one name space here, whatever their folder.

include(GNUInstallDirs)

# sync_atomic_cc_library(
#   NAME name
#   [PUBLIC]      for users; without it, for the library's own targets
#   [TESTONLY]    for tests; never installed
#   HDRS file...  relative to the folder
#   SRCS file...  none for a library of headers alone
#   DEPS target...
# )
function(sync_atomic_cc_library)
  cmake_parse_arguments(ARG "PUBLIC;TESTONLY" "NAME" "HDRS;SRCS;DEPS" ${ARGN})
  set(target sync_atomic_${ARG_NAME})
  set(exported internal_${ARG_NAME})
  if(ARG_PUBLIC)
    set(exported ${ARG_NAME})
  endif()

  if(ARG_SRCS AND BUILD_SHARED_LIBS AND NOT ARG_TESTONLY)
    # There is one shared library, of all that is compiled. What its users need of others is
    # said by each target, so that a typed atomic needs no Abseil.
    foreach(source IN LISTS ARG_SRCS)
      target_sources(sync_atomic_shared PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    endforeach()
    foreach(dep IN LISTS ARG_DEPS)
      if(NOT dep MATCHES "^sync_atomic::")
        target_link_libraries(sync_atomic_shared PRIVATE ${dep})
      endif()
    endforeach()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE sync_atomic_shared)
    set(scope INTERFACE)
  elseif(ARG_SRCS)
    add_library(${target} ${ARG_SRCS})
    # Into a plug-in or a module of Python's, too.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(sync_atomic::${exported} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${exported})
  target_compile_features(${target} ${scope} cxx_std_17)
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${sync_atomic_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  )
  target_link_libraries(${target} ${scope} ${ARG_DEPS})

  if(SYNC_ATOMIC_INSTALL AND NOT ARG_TESTONLY)
    install(TARGETS ${target} EXPORT sync_atomicTargets)
    file(RELATIVE_PATH folder ${sync_atomic_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
    foreach(header IN LISTS ARG_HDRS)
      get_filename_component(subfolder ${header} DIRECTORY)
      install(FILES ${header}
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sync_atomic/${folder}/${subfolder})
    endforeach()
  endif()
endfunction()

# The shared library that sync_atomic_cc_library adds to, if BUILD_SHARED_LIBS asks for one.
# It shows what atomic/internal/export.h marks and nothing else. Before 1.0 each minor version
# has an ABI of its own.
function(sync_atomic_shared_library)
  add_library(sync_atomic_shared SHARED)
  set_target_properties(sync_atomic_shared PROPERTIES
    EXPORT_NAME internal_shared
    OUTPUT_NAME sync_atomic
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
  )
  target_compile_features(sync_atomic_shared PUBLIC cxx_std_17)
  target_compile_definitions(sync_atomic_shared PUBLIC SYNC_ATOMIC_SHARED)
  target_include_directories(sync_atomic_shared PUBLIC
    $<BUILD_INTERFACE:${sync_atomic_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  )
  if(SYNC_ATOMIC_INSTALL)
    install(TARGETS sync_atomic_shared EXPORT sync_atomicTargets)
  endif()
endfunction()

# sync_atomic_definition(NAME SCOPE DEFINITION): for the sources of the cc_library NAME.
function(sync_atomic_definition name scope definition)
  set(target sync_atomic_${name})
  if(BUILD_SHARED_LIBS)
    set(target sync_atomic_shared)
  endif()
  target_compile_definitions(${target} ${scope} ${definition})
endfunction()

# sync_atomic_cc_binary(
#   NAME name
#   SRCS file...
#   COPTS option...
#   FEATURES feature...  cxx_std_20 for the copt -std=c++20
#   DEPS target...
# )
function(sync_atomic_cc_binary)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;COPTS;FEATURES;DEPS" ${ARGN})
  set(target sync_atomic_${ARG_NAME})
  add_executable(${target} ${ARG_SRCS})
  target_compile_options(${target} PRIVATE ${ARG_COPTS})
  target_compile_features(${target} PRIVATE cxx_std_17 ${ARG_FEATURES})
  target_link_libraries(${target} PRIVATE ${ARG_DEPS})
endfunction()

# sync_atomic_cc_test(as for sync_atomic_cc_binary, and ARGS argument...)
#
# In ctest it has the name that it has in Bazel, without //tests/ and with a slash:
# value/value_test.
function(sync_atomic_cc_test)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;ARGS;COPTS;FEATURES;DEPS" ${ARGN})
  sync_atomic_test_name(name ${ARG_NAME})
  string(REPLACE "/" "_" binary ${name})
  sync_atomic_cc_binary(
    NAME ${binary}
    SRCS ${ARG_SRCS}
    COPTS ${ARG_COPTS}
    FEATURES ${ARG_FEATURES}
    DEPS ${ARG_DEPS}
  )
  sync_atomic_add_test(${name} $<TARGET_FILE:sync_atomic_${binary}> ${ARG_ARGS})
endfunction()

# sync_atomic_core_test(as for sync_atomic_cc_test)
#
# A test that is run twice, the second time with SYNC_ATOMIC_FENCES=full.
function(sync_atomic_core_test)
  sync_atomic_cc_test(${ARGN})
  cmake_parse_arguments(ARG "" "NAME" "SRCS;ARGS;COPTS;FEATURES;DEPS" ${ARGN})
  sync_atomic_test_name(name ${ARG_NAME})
  string(REPLACE "/" "_" binary ${name})
  sync_atomic_add_test(${name}_full_fences $<TARGET_FILE:sync_atomic_${binary}> ${ARG_ARGS})
  set_property(TEST ${name}_full_fences APPEND PROPERTY ENVIRONMENT SYNC_ATOMIC_FENCES=full)
endfunction()

# sync_atomic_sh_test(NAME name SRCS script ARGS argument...)
function(sync_atomic_sh_test)
  cmake_parse_arguments(ARG "" "NAME;SRCS" "ARGS" ${ARGN})
  sync_atomic_test_name(name ${ARG_NAME})
  sync_atomic_add_test(${name} ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_SRCS} ${ARG_ARGS})
endfunction()

# Sets the variable `result` to what ctest calls the test `name` of this folder.
function(sync_atomic_test_name result name)
  file(RELATIVE_PATH folder ${sync_atomic_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  set(${result} ${folder}/${name} PARENT_SCOPE)
endfunction()

# Registers a command as a test, with a folder for its files, as in Bazel.
function(sync_atomic_add_test name)
  set(folder ${sync_atomic_BINARY_DIR}/tests/${name}.tmp)
  file(MAKE_DIRECTORY ${folder})
  add_test(NAME ${name} COMMAND ${ARGN} COMMAND_EXPAND_LISTS)
  set_tests_properties(${name} PROPERTIES ENVIRONMENT TEST_TMPDIR=${folder})
endfunction()
