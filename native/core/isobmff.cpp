#include "core/isobmff.h"

#include <array>
#include <cstring>

namespace cochlea {

namespace {

// Before the first moov or mdat stand a file type, a few free boxes, perhaps a segment index.
constexpr int kMaxBoxes = 64;

uint64_t big_endian(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

bool find_index(ByteSource& source) noexcept {
  int64_t position = 0;
  for (int i = 0; i < kMaxBoxes; ++i) {
    // 32 bits of size, the type, and 64 bits of size where the first are 1.
    std::array<uint8_t, 16> box{};
    if (!read_exactly(source, position, std::span(box).first<8>())) return false;
    if (std::memcmp(box.data() + 4, "moov", 4) == 0 || std::memcmp(box.data() + 4, "moof", 4) == 0) return true;
    if (std::memcmp(box.data() + 4, "mdat", 4) == 0) return false;
    uint64_t size = big_endian(std::span(box).first<4>());
    if (size == 1) {
      if (!read_exactly(source, position, box)) return false;
      size = big_endian(std::span(box).last<8>());
    }
    constexpr uint64_t kMost = uint64_t{1} << 40;
    if (size < 8 || size > kMost) return false;
    position += static_cast<int64_t>(size);
  }
  return false;
}

}  // namespace

bool has_index_first(ByteSource& source) noexcept {
  const bool found = find_index(source);
  source.seek(0);
  return found;
}

}  // namespace cochlea
