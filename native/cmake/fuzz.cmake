# libFuzzer harnesses, one per entry: see native/fuzz/harness.h for how to build and run them.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "Cochlea: libFuzzer comes with clang. Configure with -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++")
endif()
if(NOT COCHLEA_SANITIZE_FLAGS MATCHES "fuzzer-no-link")
  message(WARNING "Cochlea: without -DCOCHLEA_SANITIZE_FLAGS=-fsanitize=address,fuzzer-no-link FFmpeg is not "
    "instrumented, and the fuzzer is blind to it")
endif()

foreach(entry decode feed probe)
  add_executable(fuzz_${entry} native/fuzz/fuzz_${entry}.cpp)
  target_link_libraries(fuzz_${entry} PRIVATE cochlea_core)
  target_compile_options(fuzz_${entry} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Werror)
  target_link_options(fuzz_${entry} PRIVATE -fsanitize=fuzzer)
endforeach()
