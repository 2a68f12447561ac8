#include "core/sound/half.h"

#include <bit>
#include <cstddef>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace cochlea {

namespace {

// Of a float32: 8 bits of exponent, 23 of mantissa.
constexpr uint32_t kSign = 0x80000000;
constexpr uint32_t kInfinity = 0x7f800000;

// Both conversions are selections without branches, which the compiler runs on vectors. Adding just under half of the
// last kept digit, and that digit itself, rounds to nearest with ties to even; a carry into the exponent is right,
// up to the one that makes infinity.
uint32_t to_float16(float value) {
  constexpr uint32_t kTooLarge = 0x47800000;  // 2^16
  constexpr uint32_t kNormal = 0x38800000;    // 2^-14
  constexpr uint32_t kRebias = (127 - 15) << 23;
  constexpr uint32_t kHalf = 0x3f000000;

  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & ~kSign;
  const uint32_t normal = (magnitude - kRebias + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  // A digit of 0.5 is one of a subnormal float16: the addition rounds there.
  const uint32_t small = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - kHalf;
  const uint32_t large = magnitude > kInfinity ? 0x7e00 | ((magnitude >> 13) & 0x1ff) : 0x7c00;
  const uint32_t finite = magnitude < kNormal ? small : normal;
  return ((bits & kSign) >> 16) | (magnitude < kTooLarge ? finite : large);
}

uint32_t to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return (bits & ~kSign) > kInfinity ? (bits >> 16) | 0x40 : rounded;
}

// The instruction for it, which x86-64 processors have since 2012 but compilers may not assume: five times as fast. It
// gives the same bits (checked with all 2^32 floats), so that results do not depend on the machine. How many it
// converted.
#ifdef __x86_64__
__attribute__((target("avx,f16c"))) size_t convert_blocks(std::span<const float> from, uint16_t* to) {
  size_t i = 0;
  for (; i + 8 <= from.size(); i += 8) {
    const __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(from.data() + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), halves);
  }
  return i;
}

// Not __builtin_cpu_supports("f16c"), which clang knows from version 15 on. Whether the system keeps the registers, the
// builtin asks for AVX.
bool has_instruction() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}

size_t convert_by_instruction(std::span<const float> from, uint16_t* to) {
  static const bool has = has_instruction();
  return has ? convert_blocks(from, to) : 0;
}
#else
size_t convert_by_instruction(std::span<const float>, uint16_t*) { return 0; }
#endif

}  // namespace

void to_half(std::span<const float> from, HalfFormat format, std::span<uint16_t> to) {
  if (format == HalfFormat::kFloat16) {
    const size_t done = convert_by_instruction(from, to.data());
    for (size_t i = done; i < from.size(); ++i) to[i] = static_cast<uint16_t>(to_float16(from[i]));
  } else {
    for (size_t i = 0; i < from.size(); ++i) to[i] = static_cast<uint16_t>(to_bfloat16(from[i]));
  }
}

}  // namespace cochlea
