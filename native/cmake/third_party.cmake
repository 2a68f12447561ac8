# Headers kept in native/third_party, unmodified: what is built is what was pinned.
set(third_party ${CMAKE_CURRENT_SOURCE_DIR}/native/third_party)
set(pocketfft_header ${third_party}/pocketfft/pocketfft_hdronly.h)
set(pocketfft_sha256 50f4ddbe60432325f560c706b6f1c49f9e0949fc7f20ae6499f2299e37d9790c)

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pocketfft_header})
file(SHA256 ${pocketfft_header} actual)
if(NOT actual STREQUAL pocketfft_sha256)
  message(FATAL_ERROR "Cochlea: ${pocketfft_header} has SHA-256 ${actual}, expected ${pocketfft_sha256}.\n"
    "  It was changed, or damaged in a copy. native/third_party/README.md says which revision belongs there.")
endif()

# For one transform at a time, on the thread that asks: without threads and a cache of plans of its own.
add_library(pocketfft INTERFACE)
target_include_directories(pocketfft SYSTEM INTERFACE ${third_party}/pocketfft)
target_compile_definitions(pocketfft INTERFACE POCKETFFT_NO_MULTITHREADING POCKETFFT_CACHE_SIZE=0)
