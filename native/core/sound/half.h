// float32 → the 16-bit formats of models.
#pragma once

#include <cstdint>
#include <span>

namespace cochlea {

enum class HalfFormat { kFloat16, kBfloat16 };

// Round to nearest, ties to even, as NumPy, PyTorch and the processors' own instructions do. What is beyond the largest
// number becomes infinite, what is too small for a normal one subnormal or zero; NaN stays NaN, made quiet, with its
// sign and the upper bits of its payload. `to` is as long as `from`.
void to_half(std::span<const float> from, HalfFormat format, std::span<uint16_t> to);

}  // namespace cochlea
