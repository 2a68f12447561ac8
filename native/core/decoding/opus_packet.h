// What the first bytes of an Opus packet say (RFC 6716, section 3).
#pragma once

#include <cstdint>
#include <span>

namespace cochlea {

struct OpusPacket {
  bool has_silk = false;   // voice, alone or below CELT's bands
  bool is_silent = false;  // its frames hold nothing: a pause, or one that was lost
  int samples = 0;         // at 48 kHz

  static OpusPacket of(std::span<const uint8_t> bytes);
};

}  // namespace cochlea
