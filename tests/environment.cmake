# SPDX-License-Identifier: MIT
# What each test runs with, so that plain `ctest` does what scripts/test.sh does. ctest reads this file first (it is one
# of the directory's TEST_INCLUDE_FILES); a variable that is set already wins.

function(test_environment name value)
  if(NOT DEFINED ENV{${name}})
    set(ENV{${name}} "${value}")
  endif()
endfunction()

set(here ${CMAKE_CURRENT_LIST_DIR})
test_environment(ASAN_OPTIONS detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1)
test_environment(G_SLICE always-malloc)  # or GLib's own allocator hides leaks
test_environment(LSAN_OPTIONS suppressions=${here}/lsan.supp:print_suppressions=0)
test_environment(UBSAN_OPTIONS print_stacktrace=1:halt_on_error=1)
# GLib and GStreamer were not built for the thread sanitizer: it cannot see how they lock, so what they themselves read
# and write proves nothing. Calls from there into cubestream are still checked.
test_environment(TSAN_OPTIONS
  suppressions=${here}/tsan.supp:ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1)
test_environment(LIBGL_ALWAYS_SOFTWARE 1)  # the same pictures with and without a GPU
