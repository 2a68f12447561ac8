#include "core/demuxing/flac_frames.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace cochlea {

namespace {

constexpr size_t kStreamInfoBytes = 34;
// Sync, codes, a number of up to seven bytes, block size, rate, checksum.
constexpr size_t kLongestHeader = 16;
constexpr int64_t kWindow = 64 * 1024;
// Of a frame: 65535 samples of 32 bits in 8 channels.
constexpr int64_t kLargestFrame = int64_t{65535} * 8 * 4 + 65536;
constexpr int kEvenPlaces = 16;
constexpr int kHalvings = 18;

struct StreamInfoBlock {
  int64_t block_size = 0;  // of a stream with a fixed one
  int64_t largest_frame = 0;
  int64_t samples = 0;
};

struct Frame {
  int64_t first = 0;
  int64_t samples = 0;
};

// x^8 + x^2 + x + 1, as RFC 9639 has it.
uint8_t checksum(std::span<const uint8_t> bytes) {
  unsigned crc = 0;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc << 1) ^ ((crc & 0x80) != 0 ? 0x107u : 0u);
  }
  return static_cast<uint8_t>(crc);
}

// The number of a frame or sample, coded as UTF-8 codes characters. Its length; 0 where it is none.
size_t read_number(std::span<const uint8_t> bytes, uint64_t& number) {
  const uint8_t lead = bytes[0];
  if (lead < 0x80) {
    number = lead;
    return 1;
  }
  size_t length = 0;
  while (length < 8 && (lead & (0x80 >> length)) != 0) ++length;
  if (length < 2 || length > 7) return 0;
  number = lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((bytes[i] & 0xc0) != 0x80) return 0;
    number = number << 6 | (bytes[i] & 0x3f);
  }
  return length;
}

// `bytes` holds the longest header.
std::optional<Frame> read_header(std::span<const uint8_t> bytes, const StreamInfoBlock& info) {
  if (bytes[0] != 0xff || (bytes[1] & 0xfe) != 0xf8) return std::nullopt;
  const unsigned size_code = bytes[2] >> 4;
  const unsigned rate_code = bytes[2] & 15;
  if (size_code == 0 || rate_code == 15 || (bytes[3] >> 4) > 10 || (bytes[3] & 1) != 0) return std::nullopt;
  uint64_t number = 0;
  const size_t length = read_number(bytes.subspan(4, 7), number);
  if (length == 0) return std::nullopt;
  size_t at = 4 + length;
  Frame frame;
  if (size_code == 1) {
    frame.samples = 192;
  } else if (size_code <= 5) {
    frame.samples = int64_t{576} << (size_code - 2);
  } else if (size_code >= 8) {
    frame.samples = int64_t{256} << (size_code - 8);
  } else {
    const size_t bytes_of_size = size_code - 5;
    frame.samples = static_cast<int64_t>(big_endian(bytes.subspan(at, bytes_of_size))) + 1;
    at += bytes_of_size;
  }
  if (rate_code == 12) at += 1;
  if (rate_code > 12) at += 2;
  if (checksum(bytes.first(at)) != bytes[at]) return std::nullopt;
  const bool is_variable = (bytes[1] & 1) != 0;
  frame.first = static_cast<int64_t>(number) * (is_variable ? 1 : info.block_size);
  const int64_t left = info.samples - frame.first;
  const int64_t least = is_variable ? 1 : std::min(info.block_size, left);
  return frame.samples >= least && frame.samples <= left ? std::optional(frame) : std::nullopt;
}

std::vector<uint8_t> read_window(ByteSource& source, int64_t from, int64_t size) {
  std::vector<uint8_t> bytes(static_cast<size_t>(std::clamp<int64_t>(source.size() - from, 0, size)));
  if (!read_exactly(source, from, bytes)) bytes.clear();
  return bytes;
}

template <typename Wanted>
std::optional<Frame> find_frame(std::span<const uint8_t> bytes, const StreamInfoBlock& info, const Wanted& wanted) {
  for (size_t i = 0; i + kLongestHeader <= bytes.size(); ++i) {
    const auto frame = read_header(bytes.subspan(i, kLongestHeader), info);
    if (frame && wanted(*frame)) return frame;
  }
  return std::nullopt;
}

std::vector<int64_t> places(int64_t size) {
  std::vector<int64_t> result{0};
  for (int i = 1; i < kEvenPlaces; ++i) result.push_back(size * i / kEvenPlaces);
  for (int i = 1; i < kHalvings; ++i) {
    result.push_back(size >> i);
    result.push_back(size - (size >> i));
  }
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

bool is_one_flac_stream(ByteSource& source, std::span<const uint8_t> stream_info) {
  if (stream_info.size() < kStreamInfoBytes || source.size() <= 0) return false;
  StreamInfoBlock info;
  info.block_size = static_cast<int64_t>(big_endian(stream_info.subspan(2, 2)));
  info.largest_frame = static_cast<int64_t>(big_endian(stream_info.subspan(7, 3)));
  info.samples = static_cast<int64_t>(big_endian(stream_info.subspan(13, 5)) & 0xf'ffff'ffff);
  if (info.samples == 0) return false;
  const int64_t frame_bytes = info.largest_frame > 0 ? std::min(info.largest_frame, kLargestFrame) : kLargestFrame;

  // Behind the last frame there may be tags.
  const int64_t tail = frame_bytes + kWindow;
  const auto end = read_window(source, std::max<int64_t>(0, source.size() - tail), tail);
  const auto is_last = [&info](const Frame& frame) { return frame.first + frame.samples == info.samples; };
  if (!find_frame(end, info, is_last)) return false;

  int64_t before = -1;
  for (const int64_t place : places(source.size())) {
    const auto frame = find_frame(read_window(source, place, kWindow), info, [](const Frame&) { return true; });
    if (!frame) continue;
    if (frame->first < before) return false;
    before = frame->first;
  }
  return before >= 0;
}

}  // namespace cochlea
