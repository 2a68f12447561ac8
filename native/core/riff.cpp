#include "core/riff.h"

#include <array>
#include <cstring>
#include <string_view>

namespace cochlea {

namespace {

constexpr int kMaxChunks = 256;
// A source that is still coming is kept from its start as far as this looks.
constexpr int64_t kFarthestInStream = 1 << 20;
// ffmpeg, sox and arecord write 0, 2^31 less some headers, or 2^32 - 1 into a pipe.
constexpr uint32_t kUnknownFrom = 0x7fff0000;

uint32_t little_endian(std::span<const uint8_t, 4> bytes) {
  return bytes[0] | static_cast<uint32_t>(bytes[1]) << 8 | static_cast<uint32_t>(bytes[2]) << 16 |
         static_cast<uint32_t>(bytes[3]) << 24;
}

int64_t end_of_data(ByteSource& source) noexcept {
  std::array<uint8_t, 12> head{};
  if (!read_exactly(source, 0, head)) return 0;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (!text.starts_with("RIFF") || !text.ends_with("WAVE")) return 0;
  int64_t position = 12;
  for (int i = 0; i < kMaxChunks; ++i) {
    std::array<uint8_t, 8> chunk{};
    if (!source.seekable() && position > kFarthestInStream) return 0;
    if (!read_exactly(source, position, chunk)) return 0;
    const uint32_t size = little_endian(std::span(chunk).last<4>());
    if (std::memcmp(chunk.data(), "data", 4) == 0) {
      return size < kUnknownFrom ? position + 8 + static_cast<int64_t>(size) : 0;
    }
    // Chunks are padded to an even length.
    position += 8 + static_cast<int64_t>(size) + (size & 1);
  }
  return 0;
}

}  // namespace

int64_t stated_wav_size(ByteSource& source) noexcept {
  const int64_t size = end_of_data(source);
  source.seek(0);
  return size;
}

}  // namespace cochlea
