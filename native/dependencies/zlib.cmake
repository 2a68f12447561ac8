# zlib, the half that inflates: Matroska's and QuickTime's compressed headers and packets.
set(zlib_names adler32 crc32 inflate inffast inftrees uncompr zutil)
list(TRANSFORM zlib_names PREPEND ${ZLIB_SOURCE}/)
list(TRANSFORM zlib_names APPEND .c)
add_library(z STATIC ${zlib_names})
target_include_directories(z PRIVATE ${ZLIB_SOURCE})
target_compile_definitions(z PRIVATE HAVE_HIDDEN HAVE_UNISTD_H)
install(TARGETS z ARCHIVE DESTINATION lib)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/pkgconfig/zlib.pc
  "Name: zlib\nDescription: zlib\nVersion: 1.3.1\n"
  "Cflags: -I${ZLIB_SOURCE}\nLibs: -L${CMAKE_CURRENT_BINARY_DIR} -lz\n")
