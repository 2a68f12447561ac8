#include "core/demuxing/riff.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace cochlea {

namespace {

constexpr int kMaxChunks = 256;
// A source that is still coming is kept from its start as far as this looks.
constexpr int64_t kFarthestInStream = 1 << 20;
// ffmpeg, sox and arecord write 0, 2^31 less some headers, or 2^32 - 1 into a pipe.
constexpr uint32_t kUnknownFrom = 0x7fff0000;

struct Chunk {
  std::array<char, 4> name{};
  int64_t start = 0;  // of what it holds
  uint32_t size = 0;

  bool is(const char* other) const { return std::memcmp(name.data(), other, name.size()) == 0; }
};

uint32_t read_32(std::span<const uint8_t, 4> bytes, bool big_endian) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value = value << 8 | bytes[big_endian ? i : 3 - i];
  return value;
}

// The first of the file's chunks that has one of these names.
std::optional<Chunk> find_chunk(ByteSource& source, std::initializer_list<const char*> names) noexcept {
  std::array<uint8_t, 12> head{};
  if (!read_exactly(source, 0, head)) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const bool big_endian = text.starts_with("RIFX");
  if ((!text.starts_with("RIFF") && !big_endian) || !text.ends_with("WAVE")) return std::nullopt;
  int64_t position = 12;
  for (int i = 0; i < kMaxChunks; ++i) {
    std::array<uint8_t, 8> bytes{};
    if (!source.seekable() && position > kFarthestInStream) return std::nullopt;
    if (!read_exactly(source, position, bytes)) return std::nullopt;
    Chunk chunk;
    std::memcpy(chunk.name.data(), bytes.data(), chunk.name.size());
    chunk.size = read_32(std::span(bytes).last<4>(), big_endian);
    chunk.start = position + 8;
    for (const char* name : names) {
      if (chunk.is(name)) return chunk;
    }
    // Chunks are padded to an even length.
    position = chunk.start + static_cast<int64_t>(chunk.size) + (chunk.size & 1);
  }
  return std::nullopt;
}

// The words that frames of DTS begin with (ETSI TS 102 114, 5.3.1): 16 bits of 16, or 14, in both orders.
constexpr std::array<std::array<uint8_t, 4>, 4> kDtsWords{
    {{0x7f, 0xfe, 0x80, 0x01}, {0xfe, 0x7f, 0x01, 0x80}, {0x1f, 0xff, 0xe8, 0x00}, {0xff, 0x1f, 0x00, 0xe8}}};

}  // namespace

int64_t stated_wav_size(ByteSource& source) noexcept {
  const auto data = find_chunk(source, {"data"});
  source.seek(0);
  return data && data->size < kUnknownFrom ? data->start + static_cast<int64_t>(data->size) : 0;
}

bool has_format_first(ByteSource& source) noexcept {
  const auto first = find_chunk(source, {"fmt ", "data"});
  source.seek(0);
  return !first || first->is("fmt ");
}

bool begins_with_dts(ByteSource& source) noexcept {
  const auto data = find_chunk(source, {"data"});
  std::array<uint8_t, 4> word{};
  const bool has_word = data && read_exactly(source, data->start, word);
  source.seek(0);
  return has_word && std::find(kDtsWords.begin(), kDtsWords.end(), word) != kDtsWords.end();
}

}  // namespace cochlea
