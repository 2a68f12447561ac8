#include "core/encoding/output_codec.h"

#include <algorithm>
#include <span>

namespace cochlea {

OutputCodec output_codec(const EncodeOptions& options) {
  const SampleForm integers = options.bits == 16 ? SampleForm::kInt16 : SampleForm::kInt24;
  const AVSampleFormat width = options.bits == 16 ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_S32;
  switch (options.format) {
    case OutputFormat::kWav:
      if (options.bits == 32) return {"wav", "pcm_f32le", AV_SAMPLE_FMT_FLT, SampleForm::kFloat, false};
      return {"wav", options.bits == 16 ? "pcm_s16le" : "pcm_s24le", width, integers, false};
    case OutputFormat::kFlac:
      return {"flac", "flac", width, integers, false};
    case OutputFormat::kMp3:
      return {"mp3", "libmp3lame", AV_SAMPLE_FMT_FLTP, SampleForm::kClipped, true};
    case OutputFormat::kOpus:
      return {"opus", "libopus", AV_SAMPLE_FMT_FLT, SampleForm::kClipped, true};
    case OutputFormat::kAac:
      return {"adts", "aac", AV_SAMPLE_FMT_FLTP, SampleForm::kClipped, true};
  }
  return {};
}

int nearest_rate(const AVCodec* encoder, int sample_rate) {
  const void* list = nullptr;
  int count = 0;
  // No list stands for all rates.
  if (avcodec_get_supported_config(nullptr, encoder, AV_CODEC_CONFIG_SAMPLE_RATE, 0, &list, &count) < 0 || count == 0) {
    return sample_rate;
  }
  const std::span rates(static_cast<const int*>(list), static_cast<size_t>(count));
  int best = *std::max_element(rates.begin(), rates.end());
  for (const int rate : rates) {
    if (rate >= sample_rate) best = std::min(best, rate);
  }
  return best;
}

}  // namespace cochlea
