# The native test suite: what the core does without Node. ctest runs it, and a short robustness run.
# Under sanitizers see tools/asan.sh.
include(CTest)
find_package(GTest REQUIRED)

file(GLOB test_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/native/test/*_test.cpp)
add_executable(cochlea_tests ${test_sources} native/test/sounds.cpp)
target_link_libraries(cochlea_tests PRIVATE cochlea_core GTest::gtest GTest::gtest_main)
target_compile_definitions(cochlea_tests PRIVATE COCHLEA_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/test/fixtures")

add_executable(cochlea_robustness native/test/robustness.cpp)
target_link_libraries(cochlea_robustness PRIVATE cochlea_core)

foreach(program cochlea_tests cochlea_robustness)
  target_compile_options(${program} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Werror)
endforeach()

add_test(NAME cochlea_tests COMMAND cochlea_tests)
add_test(NAME cochlea_robustness
  COMMAND cochlea_robustness --truncations 10 --flips 10 ${CMAKE_CURRENT_SOURCE_DIR}/test/fixtures/formats)
