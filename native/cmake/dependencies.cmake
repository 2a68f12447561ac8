# Finds or builds the static libraries below: hash-pinned, once, in a cache outside the checkout.
#
# The cache is $COCHLEA_CACHE, else $XDG_CACHE_HOME/cochlea, else ~/.cache/cochlea. A build's folder
# there is named by the hash of everything that shapes it: archives, flags, compiler, build files.
# A finished build is moved into place by one rename, so that an interrupted one is never used.

set(ffmpeg_archive ffmpeg-7.1.5.tar.xz)
set(ffmpeg_sha256 de668509caf9e35e3cd162473441fdb29538c6d96ed080292b3cf9e6fc5d558f)
set(ffmpeg_url https://ffmpeg.org/releases/${ffmpeg_archive})
set(ffmpeg_debian ffmpeg)
set(soxr_archive soxr-0.1.3.tar.xz)
set(soxr_sha256 b111c15fdc8c029989330ff559184198c161100a59312f5dc19ddeb9b5a15889)
set(soxr_url https://downloads.sourceforge.net/project/soxr/soxr-0.1.3-Source.tar.xz)
set(soxr_debian libsoxr)
set(speex_archive speex-1.2.1.tar.gz)
set(speex_sha256 4b44d4f2b38a370a2d98a78329fefc56a0cf93d1c1be70029217baae6628feea)
set(speex_url https://downloads.xiph.org/releases/speex/${speex_archive})
set(speex_debian speex)
set(opus_archive opus-1.5.2.tar.gz)
set(opus_sha256 65c1d2f78b9f2fb20082c38cbe47c951ad5839345876e46941612ee87f9a7ce1)
set(opus_url https://downloads.xiph.org/releases/opus/${opus_archive})
set(opus_debian opus)
set(lame_archive lame-3.100.tar.gz)
set(lame_sha256 ddfe36cab873794038ae2c1210557ad34857a4b6bdc515785d1da9e175b1da1e)
set(lame_url https://downloads.sourceforge.net/project/lame/lame/3.100/${lame_archive})
set(lame_debian lame)
set(zlib_archive zlib-1.3.1.tar.gz)
set(zlib_sha256 9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23)
set(zlib_url https://github.com/madler/zlib/releases/download/v1.3.1/${zlib_archive})
set(zlib_debian zlib)
# Debian leaves the texts of RFCs out, and packs the rest again: the same code, with a hash of its own.
set(zlib_repacked_archive zlib-1.3.1.dfsg.tar.gz)
set(zlib_repacked_sha256 60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb)

if(DEFINED ENV{COCHLEA_CACHE})
  set(cochlea_cache $ENV{COCHLEA_CACHE})
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(cochlea_cache $ENV{XDG_CACHE_HOME}/cochlea)
else()
  set(cochlea_cache $ENV{HOME}/.cache/cochlea)
endif()

set(ffmpeg_flags
  --enable-static --disable-shared --enable-pic
  --disable-programs --disable-doc --disable-debug --disable-autodetect --disable-iconv
  --disable-avdevice --disable-avfilter --disable-swscale --disable-postproc
  --disable-network --disable-everything
  --enable-swresample --enable-libspeex --enable-libopus --enable-libmp3lame --enable-zlib --pkg-config-flags=--static
  ${ffmpeg_components})
set(dependency_flags ${COCHLEA_SANITIZE_FLAGS})
if(COCHLEA_SANITIZE_FLAGS)
  # Assembler writes past what the sanitizers can see; the C paths are the ones they can check.
  list(APPEND ffmpeg_flags --disable-x86asm --disable-inline-asm "--extra-cflags=${COCHLEA_SANITIZE_FLAGS} -fno-omit-frame-pointer"
    "--extra-ldflags=${COCHLEA_SANITIZE_FLAGS}")
endif()
if(CMAKE_CROSSCOMPILING)
  string(REGEX REPLACE "gcc$" "" cross_prefix ${CMAKE_C_COMPILER})
  string(TOLOWER ${CMAKE_SYSTEM_NAME} target_os)
  list(APPEND ffmpeg_flags --enable-cross-compile --cross-prefix=${cross_prefix} --pkg-config=pkg-config
    --arch=${CMAKE_SYSTEM_PROCESSOR} --target-os=${target_os})
  set(cross_flags -DCMAKE_TOOLCHAIN_FILE=${CMAKE_TOOLCHAIN_FILE})
endif()

file(GLOB_RECURSE dependency_build_files CONFIGURE_DEPENDS
  ${CMAKE_CURRENT_SOURCE_DIR}/native/dependencies/* ${CMAKE_CURRENT_LIST_FILE})
# The hashes below are looked at when one of them changes, not only when one comes or goes.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${dependency_build_files})
set(cache_key "${ffmpeg_sha256} ${soxr_sha256} ${speex_sha256} ${opus_sha256} ${lame_sha256} ${zlib_sha256} ${ffmpeg_flags} ${dependency_flags} "
  "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_SYSTEM_NAME} ${CMAKE_SYSTEM_PROCESSOR}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${dependency_build_files})
foreach(build_file IN LISTS dependency_build_files)
  file(SHA256 ${build_file} build_file_hash)
  string(APPEND cache_key " ${build_file_hash}")
endforeach()
string(SHA256 cache_key "${cache_key}")
string(SUBSTRING ${cache_key} 0 16 cache_key)
set(dependencies_prefix ${cochlea_cache}/build/${cache_key})

# Sets `out` to the copy of an archive in a folder, if there is one and its SHA-256 is the pinned one.
function(find_in_folder out folder archive hash)
  set(${out} "" PARENT_SCOPE)
  if(EXISTS ${folder}/${archive})
    file(SHA256 ${folder}/${archive} actual)
    if(actual STREQUAL hash)
      set(${out} ${folder}/${archive} PARENT_SCOPE)
    else()
      message(WARNING "${folder}/${archive} has SHA-256 ${actual}, expected ${hash}: not used")
    endif()
  endif()
endfunction()

# Sets <name>_path to an archive whose SHA-256 is the pinned one, or stops with what to do.
function(find_archive name)
  set(archive ${${name}_archive})
  set(hash ${${name}_sha256})
  set(distributed_archive ${archive})
  set(distributed_hash ${hash})
  if(DEFINED ${name}_repacked_archive)
    set(distributed_archive ${${name}_repacked_archive})
    set(distributed_hash ${${name}_repacked_sha256})
  endif()
  set(downloads ${cochlea_cache}/sources)
  foreach(folder $ENV{COCHLEA_SOURCES} ${downloads})
    find_in_folder(found ${folder} ${archive} ${hash})
    if(NOT found)
      find_in_folder(found ${folder} ${distributed_archive} ${distributed_hash})
    endif()
    if(found)
      set(${name}_path ${found} PARENT_SCOPE)
      return()
    endif()
  endforeach()

  file(MAKE_DIRECTORY ${downloads})
  message(STATUS "Downloading ${${name}_url}")
  set(partial ${downloads}/${archive}.partial)
  file(DOWNLOAD ${${name}_url} ${partial} STATUS status INACTIVITY_TIMEOUT 20 TIMEOUT 300)
  if(EXISTS ${partial})
    file(SHA256 ${partial} actual)
    if(actual STREQUAL hash)
      file(RENAME ${partial} ${downloads}/${archive})
      set(${name}_path ${downloads}/${archive} PARENT_SCOPE)
      return()
    endif()
    file(REMOVE ${partial})
  endif()

  message(STATUS "Download failed (${status}); trying the distribution's source package ${${name}_debian}")
  execute_process(COMMAND ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/distribution-source.sh
    ${${name}_debian} ${distributed_hash} ${downloads}/${distributed_archive})
  if(EXISTS ${downloads}/${distributed_archive})
    set(${name}_path ${downloads}/${distributed_archive} PARENT_SCOPE)
    return()
  endif()
  message(FATAL_ERROR
    "Cochlea: no copy of ${archive} could be found.\n"
    "  1. Get it from ${${name}_url}\n"
    "  2. Check that its SHA-256 is ${hash}\n"
    "  3. Put it into a folder and build again with COCHLEA_SOURCES=that folder")
endfunction()

function(unpack_archive name folder)
  find_archive(${name})
  file(ARCHIVE_EXTRACT INPUT ${${name}_path} DESTINATION ${folder}/${name})
  file(GLOB top ${folder}/${name}/*)
  set(${name}_source ${top} PARENT_SCOPE)
endfunction()

function(require_tool name package)
  find_program(tool_${name} ${name})
  if(NOT tool_${name})
    message(FATAL_ERROR "Cochlea: ${name} is needed to build FFmpeg. Install it (Debian: apt-get install ${package}).")
  endif()
endfunction()

# FFmpeg and LAME as we build them: native/dependencies/patches/README.md says what is changed, and why.
function(apply_patches name folder)
  file(GLOB patches ${CMAKE_CURRENT_SOURCE_DIR}/native/dependencies/${folder}/*.patch)
  list(SORT patches)
  foreach(patch IN LISTS patches)
    execute_process(COMMAND ${tool_patch} -p1 --fuzz=0 --batch --silent -d ${${name}_source} -i ${patch}
      OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "Cochlea: ${patch} does not apply to ${${name}_archive}:\n${output}")
    endif()
  endforeach()
endfunction()

function(build_dependencies)
  require_tool(make make)
  require_tool(patch patch)
  require_tool(pkg-config pkg-config)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT COCHLEA_SANITIZE_FLAGS)
    require_tool(nasm nasm)
  endif()
  set(work ${dependencies_prefix}.building)
  file(REMOVE_RECURSE ${work})
  file(MAKE_DIRECTORY ${work})
  unpack_archive(ffmpeg ${work})
  unpack_archive(soxr ${work})
  unpack_archive(speex ${work})
  unpack_archive(opus ${work})
  unpack_archive(lame ${work})
  unpack_archive(zlib ${work})
  apply_patches(ffmpeg patches)
  apply_patches(lame lame)

  message(STATUS "Building FFmpeg and the libraries beside it into ${dependencies_prefix} (once, about two minutes on two cores)")
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_SOURCE_DIR}/native/dependencies -B ${work}/build
      -DCMAKE_BUILD_TYPE=Release "-DCMAKE_C_FLAGS=${COCHLEA_SANITIZE_FLAGS}" -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} ${cross_flags}
      -DCMAKE_INSTALL_PREFIX=${work}/prefix -DSOXR_SOURCE=${soxr_source} -DSPEEX_SOURCE=${speex_source}
      -DOPUS_SOURCE=${opus_source} -DLAME_SOURCE=${lame_source} -DZLIB_SOURCE=${zlib_source}
      -DFFMPEG_SOURCE=${ffmpeg_source} "-DFFMPEG_CONFIGURE=${ffmpeg_flags}"
    OUTPUT_FILE ${work}/log ERROR_FILE ${work}/log RESULT_VARIABLE failed)
  if(NOT failed)
    execute_process(COMMAND ${CMAKE_COMMAND} --build ${work}/build --target install
      OUTPUT_FILE ${work}/log ERROR_FILE ${work}/log RESULT_VARIABLE failed)
  endif()
  if(failed)
    file(READ ${work}/log log)
    string(LENGTH "${log}" log_length)
    if(log_length GREATER 4000)
      math(EXPR log_start "${log_length} - 4000")
      string(SUBSTRING "${log}" ${log_start} -1 log)
    endif()
    message(FATAL_ERROR "Cochlea: building the dependencies failed. The end of ${work}/log:\n${log}")
  endif()
  file(RENAME ${work}/prefix ${dependencies_prefix})
  file(REMOVE_RECURSE ${work})
endfunction()

if(NOT EXISTS ${dependencies_prefix}/lib/libavcodec.a)
  file(MAKE_DIRECTORY ${cochlea_cache}/build)
  file(LOCK ${cochlea_cache}/build/${cache_key}.lock GUARD FILE TIMEOUT 1800)
  # Another build may have finished while this one waited.
  if(NOT EXISTS ${dependencies_prefix}/lib/libavcodec.a)
    build_dependencies()
  endif()
  file(LOCK ${cochlea_cache}/build/${cache_key}.lock RELEASE)
endif()
message(STATUS "FFmpeg and the libraries beside it: ${dependencies_prefix}")

add_library(cochlea_dependencies INTERFACE)
target_include_directories(cochlea_dependencies SYSTEM INTERFACE ${dependencies_prefix}/include)
target_link_libraries(cochlea_dependencies INTERFACE
  ${dependencies_prefix}/lib/libcochlea_aac_state.a ${dependencies_prefix}/lib/libavformat.a ${dependencies_prefix}/lib/libavcodec.a
  ${dependencies_prefix}/lib/libswresample.a ${dependencies_prefix}/lib/libavutil.a
  ${dependencies_prefix}/lib/libspeex.a ${dependencies_prefix}/lib/libopus.a ${dependencies_prefix}/lib/libmp3lame.a ${dependencies_prefix}/lib/libz.a
  ${dependencies_prefix}/lib/libsoxr.a m)
