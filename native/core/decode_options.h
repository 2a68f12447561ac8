// One decode request as plain data: filled once from JavaScript, never changed afterwards.
#pragma once

#include <string>

#include "core/limits.h"
#include "core/range.h"

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
};

}  // namespace cochlea
