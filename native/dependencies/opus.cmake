# libopus: voice by FFmpeg's own Opus decoder comes two samples late and dull, and FFmpeg's own encoder is experimental.
# Float, and with the vectors that every x86-64 and every 64-bit Arm has. Without what libopus would choose at run time
# (SSE4.1, AVX2), all processors of a kind give the same samples and the same bytes.
set(opus_celt bands celt celt_decoder celt_encoder celt_lpc cwrs entcode entdec entenc kiss_fft laplace mathops mdct
  modes pitch quant_bands rate vq)
set(opus_silk A2NLSF CNG HP_variable_cutoff LPC_analysis_filter LPC_fit LPC_inv_pred_gain LP_variable_cutoff NLSF2A
  NLSF_VQ NLSF_VQ_weights_laroia NLSF_decode NLSF_del_dec_quant NLSF_encode NLSF_stabilize NLSF_unpack NSQ NSQ_del_dec
  PLC VAD VQ_WMat_EC ana_filt_bank_1 biquad_alt bwexpander bwexpander_32 check_control_input code_signs control_SNR
  control_audio_bandwidth control_codec dec_API decode_core decode_frame decode_indices decode_parameters decode_pitch
  decode_pulses decoder_set_fs enc_API encode_indices encode_pulses gain_quant init_decoder init_encoder
  inner_prod_aligned interpolate lin2log log2lin pitch_est_tables process_NLSFs quant_LTP_gains resampler
  resampler_down2 resampler_down2_3 resampler_private_AR2 resampler_private_IIR_FIR resampler_private_down_FIR
  resampler_private_up2_HQ resampler_rom shell_coder sigm_Q15 sort stereo_LR_to_MS stereo_MS_to_LR stereo_decode_pred
  stereo_encode_pred stereo_find_predictor stereo_quant_pred sum_sqr_shift table_LSF_cos tables_LTP
  tables_NLSF_CB_NB_MB tables_NLSF_CB_WB tables_gain tables_other tables_pitch_lag tables_pulses_per_block)
set(opus_silk_float LPC_analysis_filter LPC_inv_pred_gain LTP_analysis_filter LTP_scale_ctrl apply_sine_window
  autocorrelation burg_modified bwexpander corrMatrix encode_frame energy find_LPC find_LTP find_pitch_lags
  find_pred_coefs inner_product k2a noise_shape_analysis pitch_analysis_core process_gains regularize_correlations
  residual_energy scale_copy_vector scale_vector schur sort warped_autocorrelation wrappers)
list(TRANSFORM opus_celt PREPEND celt/)
list(TRANSFORM opus_silk PREPEND silk/)
list(TRANSFORM opus_silk_float REPLACE "(.+)" "silk/float/\\1_FLP")
set(opus_names src/analysis src/extensions src/mlp src/mlp_data src/opus src/opus_decoder src/opus_encoder
  src/opus_multistream src/opus_multistream_decoder src/opus_multistream_encoder src/repacketizer ${opus_celt}
  ${opus_silk} ${opus_silk_float})
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND opus_names celt/x86/pitch_sse celt/x86/vq_sse2)
  set(opus_vectors OPUS_X86_MAY_HAVE_SSE OPUS_X86_PRESUME_SSE OPUS_X86_MAY_HAVE_SSE2 OPUS_X86_PRESUME_SSE2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  list(APPEND opus_names celt/arm/celt_neon_intr celt/arm/pitch_neon_intr silk/arm/LPC_inv_pred_gain_neon_intr
    silk/arm/NSQ_del_dec_neon_intr silk/arm/NSQ_neon silk/arm/biquad_alt_neon_intr)
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
