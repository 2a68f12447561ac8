// One decode request as plain data: filled once from JavaScript, never changed afterwards.
#pragma once

#include <limits>
#include <string>

#include "core/limits.h"

namespace cochlea {

enum class Downmix { kMean, kFfmpeg, kFirst, kNone };
enum class Quality { kQuick, kLow, kMedium, kHigh, kVeryHigh };
enum class OnDamage { kConceal, kError };
enum class NonFinite { kError, kZero };
enum class Tail { kDecoded, kEditList };

// Headerless PCM that the caller describes. An empty codec means that the container is probed.
struct RawFormat {
  std::string codec;  // "pcm_s16le"
  int sample_rate = 0;
  int channels = 0;
};

// Seconds from the start; a negative start counts from the end of the audio.
struct Range {
  double start = 0;
  double end = std::numeric_limits<double>::infinity();

  bool is_whole() const { return start == 0 && end == std::numeric_limits<double>::infinity(); }
  bool is_from_end() const { return start < 0; }
};

struct DecodeOptions {
  int sample_rate = 0;  // Hz; 0 keeps the source's own
  int channels = 1;     // 0 keeps the source's own
  Downmix downmix = Downmix::kMean;
  Quality quality = Quality::kHigh;
  int stream = -1;  // index among all streams of the container; -1 picks FFmpeg's best audio stream
  OnDamage on_damage = OnDamage::kConceal;
  NonFinite non_finite = NonFinite::kError;
  Tail tail = Tail::kDecoded;
  bool parallel = true;  // long audio may use idle threads
  RawFormat raw;
  Range range;
  Limits limits;

  int rate_for(int source_rate) const { return sample_rate == 0 ? source_rate : sample_rate; }
};

struct OutputShape {
  int channels = 0;
  int sample_rate = 0;

  bool operator==(const OutputShape&) const = default;
};

}  // namespace cochlea
