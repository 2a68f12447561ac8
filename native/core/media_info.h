// Facts about a source, and about what went wrong while it was decoded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cochlea {

// Where the bytes of a stream were collected that could not be decoded as they came.
enum class Storage { kNone, kMemory, kFile };

struct StreamInfo {
  int index = 0;  // position among the container's streams, as ffprobe counts
  std::string codec;
  std::string profile;  // empty when the codec has none
  int sample_rate = 0;
  int channels = 0;
  std::string layout;
  int64_t bit_rate = 0;  // 0 when unknown
  bool decodable = false;
};

struct MediaInfo {
  std::string container;  // FFmpeg's short name: "wav", "mov,mp4,m4a,3gp,3g2,mj2"
  double duration = -1;   // seconds, as the header states or FFmpeg estimates it; negative when unknown
  int64_t size = 0;       // bytes; negative for a stream
  Storage collected = Storage::kNone;
  StreamInfo stream;  // the one that is decoded
  std::vector<StreamInfo> audio_streams;
};

struct Damage {
  int64_t packets = 0;     // packets that were skipped, concealed or cut short
  int64_t non_finite = 0;  // NaN and infinite samples replaced by zero
  bool truncated = false;  // the source ended, or could not be read on, before its own end
  std::vector<std::string> messages;

  bool any() const { return packets > 0 || non_finite > 0 || truncated; }
};

}  // namespace cochlea
