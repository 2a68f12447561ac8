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

struct Box {
  std::array<char, 4> type{};
  int64_t end = 0;

  bool is(const char* name) const { return std::memcmp(type.data(), name, type.size()) == 0; }
};

// The box that begins at `position`; false where there is none.
bool read_box(ByteSource& source, int64_t position, Box& box) noexcept {
  // 32 bits of size, the type, and 64 bits of size where the first are 1. 0: up to the end of the file.
  std::array<uint8_t, 16> head{};
  if (!read_exactly(source, position, std::span(head).first<8>())) return false;
  std::memcpy(box.type.data(), head.data() + 4, box.type.size());
  uint64_t size = big_endian(std::span(head).first<4>());
  if (size == 1) {
    if (!read_exactly(source, position, head)) return false;
    size = big_endian(std::span(head).last<8>());
  }
  constexpr uint64_t kMost = uint64_t{1} << 40;
  box.end = size >= 8 && size <= kMost ? position + static_cast<int64_t>(size) : -1;
  return true;
}

bool find_index(ByteSource& source) noexcept {
  Box box;
  int64_t position = 0;
  for (int i = 0; i < kMaxBoxes && position >= 0 && read_box(source, position, box); ++i) {
    if (box.is("moov") || box.is("moof")) return true;
    if (box.is("mdat")) return false;
    position = box.end;
  }
  return false;
}

bool find_fragment(ByteSource& source) noexcept {
  Box box;
  if (!read_box(source, 0, box) || !box.is("ftyp")) return false;
  int64_t position = 0;
  for (int i = 0; i < kMaxBoxes && position >= 0 && read_box(source, position, box); ++i) {
    if (box.is("moof")) return true;
    position = box.end;
  }
  return false;
}

}  // namespace

bool has_index_first(ByteSource& source) noexcept {
  const bool found = find_index(source);
  source.seek(0);
  return found;
}

bool has_fragments(ByteSource& source) noexcept {
  const bool found = find_fragment(source);
  source.seek(0);
  return found;
}

}  // namespace cochlea
