// One encode request as plain data: filled once from JavaScript, never changed afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace cochlea {

enum class OutputFormat { kWav, kFlac, kMp3, kOpus, kAac };

struct EncodeOptions {
  OutputFormat format = OutputFormat::kWav;
  // WAV: 16, 24, or 32 for float. FLAC: 16 or 24. Other formats have none.
  int bits = 16;
  int sample_rate = 0;
  int channels = 0;
  // How many frames there will be, when all are at hand. See Note [Whole files and streams].
  std::optional<size_t> frames;
  // The most that take() may give.
  double max_bytes = std::numeric_limits<double>::infinity();
  // Bits per second, for MP3, Opus and AAC. One that the format has not becomes the nearest that it has.
  int64_t bit_rate = 0;
};

}  // namespace cochlea
