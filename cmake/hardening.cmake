# SPDX-License-Identifier: MIT
include(CheckCXXCompilerFlag)

# cs_harden(TARGET): adds flags that make memory errors harder to exploit, for all targets that link to TARGET.
# tests/packaging/hardening.sh checks the installed binary for them.
function(cs_harden target)
  # Random load addresses (PIE) and a guard before each return address. -fstack-clash-protection below makes a large
  # stack frame touch each page.
  target_compile_options(${target} INTERFACE -fPIE -fstack-protector-strong)
  target_link_options(${target} INTERFACE -pie)
  # -fcf-protection: calls and returns only reach intended targets, if the processor supports it (x86).
  foreach(flag -fstack-clash-protection -fcf-protection=full)
    string(MAKE_C_IDENTIFIER "CUBESTREAM_KNOWS${flag}" knows)
    check_cxx_compiler_flag(${flag} ${knows})
    if(${knows})
      target_compile_options(${target} INTERFACE ${flag})
    endif()
  endforeach()
  # Checks buffer sizes that the compiler knows, which requires optimisation.
  target_compile_options(${target} INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
    $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
  target_compile_definitions(${target} INTERFACE _GLIBCXX_ASSERTIONS)
  # Relocation tables are read-only before main(), the stack is not executable, and code shares no page with data.
  target_link_options(${target} INTERFACE LINKER:-z,relro,-z,now LINKER:-z,noexecstack LINKER:-z,separate-code)
endfunction()
