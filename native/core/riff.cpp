#include "core/riff.h"

#include <array>
#include <cstring>
#include <string_view>

namespace cochlea {

namespace {

constexpr int kMaxChunks = 256;
// ffmpeg, sox and arecord write 0, 2^31 less some headers, or 2^32 - 1 into a pipe.
constexpr uint32_t kUnknownFrom = 0x7fff0000;

bool read_exactly(ByteSource& source, int64_t position, std::span<uint8_t> to) noexcept {
  return source.seek(position) && source.read(to) == static_cast<int>(to.size());
}

uint32_t little_endian(std::span<const uint8_t, 4> bytes) {
  return bytes[0] | static_cast<uint32_t>(bytes[1]) << 8 | static_cast<uint32_t>(bytes[2]) << 16 |
         static_cast<uint32_t>(bytes[3]) << 24;
}

bool data_chunk_is_cut(ByteSource& source) noexcept {
  std::array<uint8_t, 12> head{};
  if (!read_exactly(source, 0, head)) return false;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (!text.starts_with("RIFF") || !text.ends_with("WAVE")) return false;
  int64_t position = 12;
  for (int i = 0; i < kMaxChunks; ++i) {
    std::array<uint8_t, 8> chunk{};
    if (!read_exactly(source, position, chunk)) return false;
    const uint32_t size = little_endian(std::span(chunk).last<4>());
    if (std::memcmp(chunk.data(), "data", 4) == 0) {
      return size < kUnknownFrom && position + 8 + static_cast<int64_t>(size) > source.size();
    }
    // Chunks are padded to an even length.
    position += 8 + static_cast<int64_t>(size) + (size & 1);
  }
  return false;
}

}  // namespace

bool is_truncated_wav(ByteSource& source) noexcept {
  const bool cut = data_chunk_is_cut(source);
  source.seek(0);
  return cut;
}

}  // namespace cochlea
