#include "core/riff.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
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

struct DataChunk {
  int64_t position = 0;
  uint32_t size = 0;
};

std::optional<DataChunk> find_data(ByteSource& source) noexcept {
  std::array<uint8_t, 12> head{};
  if (!read_exactly(source, 0, head)) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (!text.starts_with("RIFF") || !text.ends_with("WAVE")) return std::nullopt;
  int64_t position = 12;
  for (int i = 0; i < kMaxChunks; ++i) {
    std::array<uint8_t, 8> chunk{};
    if (!source.seekable() && position > kFarthestInStream) return std::nullopt;
    if (!read_exactly(source, position, chunk)) return std::nullopt;
    const uint32_t size = little_endian(std::span(chunk).last<4>());
    if (std::memcmp(chunk.data(), "data", 4) == 0) return DataChunk{position + 8, size};
    // Chunks are padded to an even length.
    position += 8 + static_cast<int64_t>(size) + (size & 1);
  }
  return std::nullopt;
}

// The words that frames of DTS begin with (ETSI TS 102 114, 5.3.1): 16 bits of 16, or 14, in both orders.
constexpr std::array<std::array<uint8_t, 4>, 4> kDtsWords{
    {{0x7f, 0xfe, 0x80, 0x01}, {0xfe, 0x7f, 0x01, 0x80}, {0x1f, 0xff, 0xe8, 0x00}, {0xff, 0x1f, 0x00, 0xe8}}};

}  // namespace

int64_t stated_wav_size(ByteSource& source) noexcept {
  const std::optional<DataChunk> data = find_data(source);
  source.seek(0);
  return data && data->size < kUnknownFrom ? data->position + data->size : 0;
}

bool begins_with_dts(ByteSource& source) noexcept {
  const std::optional<DataChunk> data = find_data(source);
  std::array<uint8_t, 4> word{};
  const bool has_word = data && read_exactly(source, data->position, word);
  source.seek(0);
  return has_word && std::find(kDtsWords.begin(), kDtsWords.end(), word) != kDtsWords.end();
}

}  // namespace cochlea
