// Sources made in memory, and the shortest way from bytes to samples: what the native tests share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decode_options.h"
#include "core/media_info.h"

namespace cochlea::test {

using Bytes = std::vector<uint8_t>;

// What the header of a WAV file says, which need not be true.
struct WavHeader {
  uint16_t tag = 1;  // 1: integer PCM, 3: float
  uint16_t channels = 1;
  uint32_t rate = 16'000;
  uint16_t bits = 16;
  std::optional<uint32_t> data_bytes = std::nullopt;  // of the data chunk; default: as many as there are
};

Bytes wav(const WavHeader& header, std::span<const uint8_t> data);
Bytes wav16(uint32_t rate, uint16_t channels, std::span<const int16_t> samples);
Bytes wav_float(uint32_t rate, uint16_t channels, std::span<const float> samples);

// Values in [-1, 1) from a linear congruential generator: the same in every language.
std::vector<float> noise(size_t count, uint32_t seed);
std::vector<int16_t> noise16(size_t count, uint32_t seed);

struct Decoded {
  std::vector<float> samples;  // planar
  int channels = 0;
  int sample_rate = 0;
  MediaInfo info;
  Damage damage;
};

// Throws AudioError, as Pipeline does. `threads` is how many a long decode may use.
Decoded decode(std::span<const uint8_t> bytes, const DecodeOptions& options = {}, int threads = 1);
Decoded decode(std::span<const uint8_t> bytes, const DecodeOptions& options, const Cancellation& cancellation,
               int threads = 1);

}  // namespace cochlea::test
