#include "core/demuxing/id3.h"

#include <array>
#include <cstring>

namespace cochlea {

namespace {

// FFmpeg skips smaller tags by itself while it probes.
constexpr int64_t kSmallTag = 256 * 1024;
constexpr int kMaxTags = 16;

}  // namespace

int64_t end_of_id3v2(ByteSource& source) noexcept {
  int64_t position = 0;
  for (int i = 0; i < kMaxTags; ++i) {
    std::array<uint8_t, 10> head{};
    if (!read_exactly(source, position, head)) break;
    if (std::memcmp(head.data(), "ID3", 3) != 0) break;
    // Four bytes of seven bits; a footer repeats the header.
    const int64_t size = (head[6] & 0x7f) << 21 | (head[7] & 0x7f) << 14 | (head[8] & 0x7f) << 7 | (head[9] & 0x7f);
    const int64_t footer = (head[5] & 0x10) != 0 ? 10 : 0;
    const int64_t end = position + 10 + size + footer;
    if (source.size() >= 0 && end >= source.size()) break;
    position = end;
  }
  source.seek(0);
  return position > kSmallTag ? position : 0;
}

}  // namespace cochlea
