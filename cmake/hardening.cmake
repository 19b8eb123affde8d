# SPDX-License-Identifier: MIT
include(CheckCXXCompilerFlag)

# cs_harden(TARGET): what a mistake of ours, or of a library, is made harder to use by; for all that links to TARGET.
# tests/packaging/hardening.sh looks for it in the installed binary.
function(cs_harden target)
  # An address that nobody can know, a guard before each return address, and a big stack frame touches each page.
  target_compile_options(${target} INTERFACE -fPIE -fstack-protector-strong)
  target_link_options(${target} INTERFACE -pie)
  # The last: each call and return is to where the compiler meant, where the processor knows how to look (x86).
  foreach(flag -fstack-clash-protection -fcf-protection=full)
    string(MAKE_C_IDENTIFIER "CUBESTREAM_KNOWS${flag}" knows)
    check_cxx_compiler_flag(${flag} ${knows})
    if(${knows})
      target_compile_options(${target} INTERFACE ${flag})
    endif()
  endforeach()
  # Bounds that are known are looked at. They are known where the compiler optimises.
  target_compile_options(${target} INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
    $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
  target_compile_definitions(${target} INTERFACE _GLIBCXX_ASSERTIONS)
  # Tables of addresses are read-only before main(), no stack can be run, code shares no page with data.
  target_link_options(${target} INTERFACE LINKER:-z,relro,-z,now LINKER:-z,noexecstack LINKER:-z,separate-code)
endfunction()
