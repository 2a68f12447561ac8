#include "core/demuxing/isobmff.h"

#include <array>
#include <cstring>
#include <initializer_list>
#include <optional>

namespace cochlea {

namespace {

// Before the first moov or mdat stand a file type, a few free boxes, perhaps a segment index.
constexpr int kMaxBoxes = 64;

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

// The first of the file's boxes that has one of these types.
std::optional<Box> find_box(ByteSource& source, std::initializer_list<const char*> types) noexcept {
  Box box;
  int64_t position = 0;
  for (int i = 0; i < kMaxBoxes && position >= 0 && read_box(source, position, box); ++i) {
    for (const char* type : types) {
      if (box.is(type)) return box;
    }
    position = box.end;
  }
  return std::nullopt;
}

}  // namespace

bool has_index_first(ByteSource& source) noexcept {
  const auto first = find_box(source, {"moov", "moof", "mdat"});
  source.seek(0);
  return first && !first->is("mdat");
}

bool has_fragments(ByteSource& source) noexcept {
  Box first;
  const bool found = read_box(source, 0, first) && first.is("ftyp") && find_box(source, {"moof"}).has_value();
  source.seek(0);
  return found;
}

}  // namespace cochlea
