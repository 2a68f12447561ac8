# libopus, the decoder alone: voice by FFmpeg's own Opus decoder comes two samples late and dull. Float, and with the
# vectors that every x86-64 and every 64-bit Arm has. What libopus would choose at run time (AVX2) serves its encoder
# and the search for a pitch in what is lost: without it, all processors of a kind give the same samples.
set(opus_celt bands celt celt_decoder celt_lpc cwrs entcode entdec entenc kiss_fft laplace mathops mdct modes pitch
  quant_bands rate vq)
set(opus_silk CNG LPC_analysis_filter LPC_fit LPC_inv_pred_gain NLSF2A NLSF_decode NLSF_stabilize NLSF_unpack
  NLSF_VQ_weights_laroia PLC bwexpander bwexpander_32 code_signs dec_API decode_core decode_frame decode_indices
  decode_parameters decode_pitch decode_pulses decoder_set_fs gain_quant init_decoder inner_prod_aligned lin2log log2lin
  pitch_est_tables resampler resampler_down2 resampler_down2_3 resampler_private_AR2 resampler_private_IIR_FIR
  resampler_private_down_FIR resampler_private_up2_HQ resampler_rom shell_coder sort stereo_MS_to_LR stereo_decode_pred
  sum_sqr_shift table_LSF_cos tables_LTP tables_NLSF_CB_NB_MB tables_NLSF_CB_WB tables_gain tables_other
  tables_pitch_lag tables_pulses_per_block)
list(TRANSFORM opus_celt PREPEND celt/)
list(TRANSFORM opus_silk PREPEND silk/)
set(opus_names src/opus src/opus_decoder src/opus_multistream src/opus_multistream_decoder ${opus_celt} ${opus_silk})
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND opus_names celt/x86/pitch_sse celt/x86/vq_sse2)
  set(opus_vectors OPUS_X86_MAY_HAVE_SSE OPUS_X86_PRESUME_SSE OPUS_X86_MAY_HAVE_SSE2 OPUS_X86_PRESUME_SSE2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  list(APPEND opus_names celt/arm/celt_neon_intr celt/arm/pitch_neon_intr silk/arm/LPC_inv_pred_gain_neon_intr)
  set(opus_vectors OPUS_ARM_MAY_HAVE_NEON_INTR OPUS_ARM_PRESUME_NEON_INTR OPUS_ARM_PRESUME_AARCH64_NEON_INTR)
endif()
list(TRANSFORM opus_names PREPEND ${OPUS_SOURCE}/)
list(TRANSFORM opus_names APPEND .c)
add_library(opus STATIC ${opus_names})
target_include_directories(opus PRIVATE ${OPUS_SOURCE}/include ${OPUS_SOURCE}/celt ${OPUS_SOURCE}/silk
  ${OPUS_SOURCE}/silk/fixed ${OPUS_SOURCE}/silk/float ${OPUS_SOURCE})
# Hardening: libopus checks what damaged packets could break, as its own build does unless told otherwise.
target_compile_definitions(opus PRIVATE OPUS_BUILD OPUS_EXPORT= VAR_ARRAYS HAVE_LRINT HAVE_LRINTF ENABLE_HARDENING
  PACKAGE_VERSION="1.5.2" ${opus_vectors})
install(TARGETS opus ARCHIVE DESTINATION lib)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/pkgconfig/opus.pc
  "Name: opus\nDescription: Opus\nVersion: 1.5.2\n"
  "Cflags: -I${OPUS_SOURCE}/include\nLibs: -L${CMAKE_CURRENT_BINARY_DIR} -lopus -lm\n")
