# Reads native/formats.json, the one list of what Cochlea decodes and encodes, and derives from it
#   ffmpeg_components        the --enable flags for FFmpeg's configure script
#   allow_list.h             the names that native/core accepts at run time, and which decoders take segments

set(formats_file ${CMAKE_CURRENT_SOURCE_DIR}/native/formats.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${formats_file})
file(READ ${formats_file} formats)

# Appends the strings of the JSON array at the given path to the list named by out.
function(append_json_array out json)
  string(JSON count LENGTH "${json}" ${ARGN})
  set(items ${${out}})
  if(count GREATER 0)
    math(EXPR last "${count} - 1")
    foreach(index RANGE ${last})
      string(JSON item GET "${json}" ${ARGN} ${index})
      list(APPEND items ${item})
    endforeach()
  endif()
  set(${out} ${items} PARENT_SCOPE)
endfunction()

# Appends an initializer of SegmentRule for each decoder of a codec that has "segments".
function(append_segment_rules out json index)
  string(JSON preroll ERROR_VARIABLE none GET "${json}" codecs ${index} segments preroll)
  if(none)
    return()
  endif()
  string(JSON reservoir ERROR_VARIABLE none GET "${json}" codecs ${index} segments reservoir)
  if(none)
    set(reservoir 0)
  endif()
  append_json_array(names "${json}" codecs ${index} decoders)
  foreach(name IN LISTS names)
    string(APPEND ${out} "    {\"${name}\", ${preroll}, ${reservoir}},\n")
  endforeach()
  set(${out} "${${out}}" PARENT_SCOPE)
endfunction()

string(JSON container_count LENGTH "${formats}" containers)
math(EXPR last_container "${container_count} - 1")
foreach(index RANGE ${last_container})
  string(JSON demuxer GET "${formats}" containers ${index} demuxer)
  list(APPEND demuxers ${demuxer})
  string(JSON states_length GET "${formats}" containers ${index} statesLength)
  if(states_length)
    list(APPEND length_demuxers ${demuxer})
  endif()
  string(JSON streams GET "${formats}" containers ${index} streams)
  if(streams)
    list(APPEND streaming_demuxers ${demuxer})
  endif()
endforeach()

string(JSON codec_count LENGTH "${formats}" codecs)
math(EXPR last_codec "${codec_count} - 1")
foreach(index RANGE ${last_codec})
  append_json_array(decoders "${formats}" codecs ${index} decoders)
  append_json_array(parsers "${formats}" codecs ${index} parsers)
  append_segment_rules(segment_rules "${formats}" ${index})
endforeach()
append_json_array(raw_codecs "${formats}" raw)
list(TRANSFORM raw_codecs REPLACE "^pcm_" "" OUTPUT_VARIABLE raw_formats)
list(REMOVE_DUPLICATES parsers)

string(JSON output_count LENGTH "${formats}" outputs)
math(EXPR last_output "${output_count} - 1")
foreach(index RANGE ${last_output})
  string(JSON muxer GET "${formats}" outputs ${index} muxer)
  list(APPEND muxers ${muxer})
  append_json_array(encoders "${formats}" outputs ${index} encoders)
endforeach()

list(JOIN demuxers "," demuxer_names)
list(JOIN decoders "," decoder_names)
# What avcodec_find_decoder_by_name knows them by, where configure differs.
list(TRANSFORM decoders REPLACE "^adpcm_g72" "g72" OUTPUT_VARIABLE decoder_runtime_names)
list(JOIN decoder_runtime_names "," allowed_decoders)
list(JOIN parsers "," parser_names)
list(JOIN raw_codecs "," raw_names)
list(JOIN muxers "," muxer_names)
list(JOIN encoders "," encoder_names)
set(ffmpeg_components
  --enable-demuxer=${demuxer_names},${raw_names}
  --enable-decoder=${decoder_names}
  --enable-parser=${parser_names}
  --enable-muxer=${muxer_names}
  --enable-encoder=${encoder_names})

# AVInputFormat.name, which format_whitelist compares with, is a list of names for some demuxers, and
# for one it differs from the name that configure takes.
function(runtime_names out)
  list(TRANSFORM ARGN REPLACE "^mov$" "mov,mp4,m4a,3gp,3g2,mj2")
  list(TRANSFORM ARGN REPLACE "^matroska$" "matroska,webm")
  list(TRANSFORM ARGN REPLACE "^mpegps$" "mpeg")
  list(JOIN ARGN "," names)
  set(${out} ${names} PARENT_SCOPE)
endfunction()
runtime_names(allowed_containers ${demuxers})
runtime_names(containers_with_length ${length_demuxers})
runtime_names(streaming_containers ${streaming_demuxers})
list(JOIN raw_formats "," allowed_raw)
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/native/core/allow_list.h.in ${CMAKE_CURRENT_BINARY_DIR}/generated/allow_list.h)
