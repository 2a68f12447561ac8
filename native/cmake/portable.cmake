# Links the addon so that it runs where it was not built: on glibc 2.28 or newer, whatever the C++ runtime
# there. See Note [glibc floor] in native/compat/glibc_2_28.c.
set(glibc_floor ${CMAKE_CURRENT_SOURCE_DIR}/native/compat/glibc_2_28.c)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${glibc_floor})
file(STRINGS ${glibc_floor} wrappers REGEX "^[a-z]+ [*]?__wrap_")
list(TRANSFORM wrappers REPLACE "^[a-z]+ [*]?__wrap_([A-Za-z0-9_]+).*" "-Wl,--wrap=\\1")

target_sources(cochlea PRIVATE ${glibc_floor})
# Before glibc 2.34 the functions of threads are in libpthread, and dlopen in libdl; newer ones still have both, empty.
target_link_options(cochlea PRIVATE -static-libstdc++ ${wrappers} -Wl,--push-state,--no-as-needed,-l:libpthread.so.0,-l:libdl.so.2,--pop-state)
