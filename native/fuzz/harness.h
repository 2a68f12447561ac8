// What the fuzzing harnesses share: input bytes → a source and options.
//
// Build with clang, FFmpeg and soxr included, and run (dictionaries and a corpus are the fixtures):
//   cmake -S . -B build/fuzz -DCOCHLEA_FUZZ=ON -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
//     -DCOCHLEA_SANITIZE_FLAGS=-fsanitize=address,fuzzer-no-link
//   cmake --build build/fuzz --parallel
//   mkdir -p build/corpus && build/fuzz/fuzz_decode -timeout=10 -rss_limit_mb=2048 build/corpus test/fixtures/formats
// A finding is written to crash-*, timeout-* or oom-*: run the harness with that file to see it again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "core/decode_options.h"
#include "core/error.h"

namespace cochlea::fuzz {

struct Input {
  std::vector<uint8_t> bytes;
  DecodeOptions options;
  int threads = 1;
};

// The last byte chooses the options, so that files without it stay valid seeds.
inline Input split(const uint8_t* data, size_t size) {
  Input input;
  if (size == 0) return input;
  const uint8_t choice = data[size - 1];
  // A block of its own, so that a read past the end is seen.
  input.bytes.assign(data, data + size - 1);
  input.bytes.shrink_to_fit();
  input.options.sample_rate = (choice & 1) != 0 ? 16'000 : 0;
  input.options.channels = (choice >> 1) % 3;
  input.options.downmix = static_cast<Downmix>((choice >> 3) & 3);
  input.options.on_damage = (choice & 32) != 0 ? OnDamage::kError : OnDamage::kConceal;
  input.options.non_finite = (choice & 64) != 0 ? NonFinite::kZero : NonFinite::kError;
  input.threads = (choice & 128) != 0 ? 2 : 1;
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

}  // namespace cochlea::fuzz
