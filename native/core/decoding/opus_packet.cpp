#include "core/decoding/opus_packet.h"

namespace cochlea {

namespace {

int samples_of_frame(int configuration) {
  if (configuration >= 16) return 120 << (configuration & 3);
  if (configuration >= 12) return 480 << (configuration & 1);
  return (configuration & 3) == 0 ? 480 : 960 * (configuration & 3);
}

int frames_of(std::span<const uint8_t> bytes) {
  const int code = bytes[0] & 3;
  if (code == 0) return 1;
  if (code < 3) return 2;
  return bytes.size() > 1 ? bytes[1] & 0x3f : 0;
}

// Bytes before the first frame: this one, the number of frames, their sizes.
size_t header_of(std::span<const uint8_t> bytes, int frames) {
  const int code = bytes[0] & 3;
  if (code < 3) return code == 2 ? 2 : 1;
  const bool has_sizes = bytes.size() > 1 && (bytes[1] & 0x80) != 0;
  return has_sizes && frames > 0 ? 1 + static_cast<size_t>(frames) : 2;
}

}  // namespace

OpusPacket OpusPacket::of(std::span<const uint8_t> bytes) {
  OpusPacket result;
  if (bytes.empty()) return result;
  const int configuration = bytes[0] >> 3;
  const int frames = frames_of(bytes);
  result.has_silk = configuration < 16;
  // libopus takes a frame of up to one byte for one that is not there.
  result.is_silent = bytes.size() <= header_of(bytes, frames) + static_cast<size_t>(frames);
  result.samples = frames * samples_of_frame(configuration);
  return result;
}

}  // namespace cochlea
