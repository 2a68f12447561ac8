# Headers kept in native/third_party, unmodified: what is built is what was pinned.
set(third_party ${CMAKE_CURRENT_SOURCE_DIR}/native/third_party)

function(pin header sha256)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  file(SHA256 ${header} actual)
  if(NOT actual STREQUAL sha256)
    message(FATAL_ERROR "Cochlea: ${header} has SHA-256 ${actual}, expected ${sha256}.\n"
      "  It was changed, or damaged in a copy. native/third_party/README.md says which revision belongs there.")
  endif()
endfunction()

pin(${third_party}/pocketfft/pocketfft_hdronly.h 50f4ddbe60432325f560c706b6f1c49f9e0949fc7f20ae6499f2299e37d9790c)
pin(${third_party}/xxhash/xxhash.h 17973c0dc49d9854ca26caa191f0e12f7a424b68858d9a78de3860d959d85e4b)
pin(${third_party}/onnxruntime/onnxruntime_c_api.h 19513cdc8812d46a66182505a90be6bf20ccb97a3a36fc18d316d4ce533fd829)

# For one transform at a time, on the thread that asks: without threads and a cache of plans of its own.
add_library(pocketfft INTERFACE)
target_include_directories(pocketfft SYSTEM INTERFACE ${third_party}/pocketfft)
target_compile_definitions(pocketfft INTERFACE POCKETFFT_NO_MULTITHREADING POCKETFFT_CACHE_SIZE=0)

# Compiled into the one file that includes it, so that no symbol of another copy in the process is taken for ours.
add_library(xxhash INTERFACE)
target_include_directories(xxhash SYSTEM INTERFACE ${third_party}/xxhash)
target_compile_definitions(xxhash INTERFACE XXH_INLINE_ALL)

# The declarations alone: the library is that of onnxruntime-node, loaded where there is one.
add_library(onnxruntime INTERFACE)
target_include_directories(onnxruntime SYSTEM INTERFACE ${third_party}/onnxruntime)
