# The Node addon. cmake-js sets CMAKE_JS_INC; without it (native tests, fuzzing) there is no addon.
if(DEFINED CMAKE_JS_INC)
  file(GLOB addon_sources CONFIGURE_DEPENDS native/addon/*.cpp native/addon/*/*.cpp)
  add_library(cochlea SHARED ${addon_sources})
  set_target_properties(cochlea PROPERTIES PREFIX "" SUFFIX ".node")
  target_include_directories(cochlea SYSTEM PRIVATE ${CMAKE_JS_INC})
  # All C++ exceptions become JavaScript's, and those that cannot be thrown are dropped: once worker.terminate() has
  # begun, every call fails and JavaScript takes no exception any more. A throw through Node's C frames ends the process.
  target_compile_definitions(cochlea PRIVATE NAPI_VERSION=9 NODE_ADDON_API_CPP_EXCEPTIONS_ALL NAPI_CPP_EXCEPTIONS
    NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS)
  target_compile_options(cochlea PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Werror)
  target_link_libraries(cochlea PRIVATE cochlea_core ${CMAKE_JS_LIB})
  set(exports ${CMAKE_CURRENT_SOURCE_DIR}/native/addon/exports.map)
  set_target_properties(cochlea PROPERTIES LINK_DEPENDS ${exports})
  target_link_options(cochlea PRIVATE -Wl,--version-script=${exports} -Wl,--gc-sections -Wl,-Bsymbolic -Wl,-z,now)
  if(COCHLEA_PORTABLE)
    include(native/cmake/portable.cmake)
  endif()
  if(NOT COCHLEA_SANITIZE_FLAGS)
    target_link_options(cochlea PRIVATE -Wl,-s)
  endif()
endif()
