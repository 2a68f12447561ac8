# libmp3lame, the encoder alone, by its list of sources. With the vectors that every x86-64 has and the rounding that its
# configure script chooses there; 64-bit Arm stores floats the same way.
set(lame_names VbrTag bitstream encoder fft gain_analysis id3tag lame newmdct presets psymodel quantize quantize_pvt
  reservoir set_get tables takehiro util vbrquantize version)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND lame_names vector/xmm_quantize_sub)
  set(lame_vectors HAVE_XMMINTRIN_H MIN_ARCH_SSE)
endif()
list(TRANSFORM lame_names PREPEND ${LAME_SOURCE}/libmp3lame/)
list(TRANSFORM lame_names APPEND .c)
add_library(mp3lame STATIC ${lame_names})
target_include_directories(mp3lame PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/lame ${LAME_SOURCE}/include
  ${LAME_SOURCE}/libmp3lame)
target_compile_definitions(mp3lame PRIVATE HAVE_CONFIG_H ${lame_vectors})
install(TARGETS mp3lame ARCHIVE DESTINATION lib)
# FFmpeg's configure script looks for <lame/lame.h>; libmp3lame has no pkg-config file.
file(COPY ${LAME_SOURCE}/include/lame.h DESTINATION ${CMAKE_CURRENT_BINARY_DIR}/lame/include/lame)
list(APPEND FFMPEG_CONFIGURE --extra-cflags=-I${CMAKE_CURRENT_BINARY_DIR}/lame/include
  --extra-ldflags=-L${CMAKE_CURRENT_BINARY_DIR})
