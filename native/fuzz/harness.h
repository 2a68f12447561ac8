// What the fuzzing harnesses share: input bytes → a source and options.
//
// Build with clang, FFmpeg and soxr included, and run (dictionaries and a corpus are the fixtures):
//   cmake -S . -B build/fuzz -DCOCHLEA_FUZZ=ON -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
//     -DCOCHLEA_SANITIZE_FLAGS=-fsanitize=address,fuzzer-no-link
//   cmake --build build/fuzz --parallel
//   mkdir -p build/corpus && build/fuzz/fuzz_decode -timeout=10 -rss_limit_mb=2048 build/corpus test/fixtures/formats
// A finding is written to crash-*, timeout-* or oom-*: run the harness with that file to see it again.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "core/decode_options.h"
#include "core/error.h"
#include "core/pipeline/pipeline.h"

namespace cochlea::fuzz {

struct Input {
  std::vector<uint8_t> bytes;
  DecodeOptions options;
  int threads = 1;
  size_t chunk = 0;   // frames to ask for at a time; 0: all at once
  uint32_t seed = 1;  // of the pieces in which bytes come
};

// A part of the whole, as lib/ lets it through.
inline Range range_of(uint8_t choice) {
  Range range;
  // Not a multiple of any frame.
  const double place = 0.0137 * (choice >> 2);
  if ((choice & 3) == 1) range.start = place;
  if ((choice & 3) == 2) range.start = -0.0137 - place;
  if ((choice & 3) == 3) {
    range.start = place / 4;
    range.end = range.start + 0.0137 + place;
  }
  return range;
}

// The last bytes choose what is asked for: a file without them, which is a seed, loses next to nothing.
inline Input split(const uint8_t* data, size_t size) {
  constexpr size_t kChoices = 4;
  Input input;
  if (size < kChoices) return input;
  const std::span<const uint8_t> choices(data + size - kChoices, kChoices);
  // A block of its own, so that a read past the end is seen.
  input.bytes.assign(data, data + size - kChoices);
  input.bytes.shrink_to_fit();
  const uint8_t choice = choices[3];
  input.options.sample_rate = (choice & 1) != 0 ? 16'000 : 0;
  input.options.channels = (choice >> 1) % 3;
  input.options.downmix = static_cast<Downmix>((choice >> 3) & 3);
  input.options.on_damage = (choice & 32) != 0 ? OnDamage::kError : OnDamage::kConceal;
  input.options.non_finite = (choice & 64) != 0 ? NonFinite::kZero : NonFinite::kError;
  input.threads = (choice & 128) != 0 ? 2 : 1;
  input.options.range = range_of(choices[2]);
  input.chunk = (choices[1] & 1) != 0 ? 1 + size_t{40} * (choices[1] >> 1) : 0;
  input.options.tail = (choices[1] & 2) != 0 ? Tail::kEditList : Tail::kDecoded;
  input.seed = 1u + choices[0];
  // Small, so that what a header invents costs the fuzzer no time.
  input.options.limits.seconds = 30;
  input.options.limits.decoded_bytes = 16e6;
  input.options.limits.channels = 16;
  input.options.limits.min_sample_rate = 1000;
  input.options.limits.max_sample_rate = 768'000;
  return input;
}

// Every error is an answer, but for those that say that something in here went wrong.
inline void check(const AudioError& error) {
  if (error.code() == ErrorCode::kInternal) std::abort();
}

inline void check_finite(const SampleBuffer& output, size_t frames) {
  std::vector<float> samples(frames * static_cast<size_t>(output.channels()));
  output.copy(frames, samples);
  if (!std::all_of(samples.begin(), samples.end(), [](float sample) { return std::isfinite(sample); })) std::abort();
}

// As a stream hands it out: pieces of one length that follow each other, and a last one.
inline void drain(Pipeline& pipeline, SampleBuffer& output, size_t frames) {
  bool more = true;
  std::optional<int64_t> next;
  while (more || output.frames() > 0) {
    if (more) more = pipeline.fill(output, frames);
    if (more && output.frames() < frames) std::abort();
    if (next && pipeline.start_frame() != *next) std::abort();
    const size_t taken = std::min(frames, output.frames());
    check_finite(output, taken);
    pipeline.drop(output, taken);
    next = pipeline.start_frame();
  }
}

// Either way to decode, checked for what holds of any result.
inline void decode(Pipeline& pipeline, const Input& input) {
  SampleBuffer output(pipeline.channels(), input.options.limits.decoded_bytes);
  if (input.chunk > 0) {
    drain(pipeline, output, input.chunk);
    return;
  }
  std::vector<float> lent(pipeline.expected_frames() * static_cast<size_t>(pipeline.channels()));
  if (!lent.empty()) output.lend(lent);
  pipeline.run(output);
  if (output.frames() == 0) std::abort();
  check_finite(output, output.frames());
}

}  // namespace cochlea::fuzz
