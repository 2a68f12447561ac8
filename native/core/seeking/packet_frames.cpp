#include "core/seeking/packet_frames.h"

#include <libavutil/intreadwrite.h>

namespace cochlea {

namespace {

// MP3 frames borrow up to 511 bytes from those before: at 8 kbit/s, 24 bytes a frame, that is 21 of them.
// One more for the overlap of its transform, one for the window of its filter bank.
constexpr int kMp3Lead = 32;
constexpr int kAacLead = 4;
constexpr int kVorbisLead = 2;

// Version, layer and rate; whether it is mono is looked at as well (below).
constexpr uint32_t kMpegMask = 0xfffe0c00;
constexpr uint32_t kMpegMode = 0xc0;
// Version, layer, profile, rate and channels.
constexpr uint32_t kAdtsMask = 0xfffefdc0;

}  // namespace

// Not among them: Opus, AC-3 and MPEG Layer I and II draw noise or dither from a generator that runs on from the
// start of the stream, and FFmpeg gives no way to set it.
std::optional<PacketFrames> PacketFrames::of(const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  PacketFrames result;
  switch (parameters.codec_id) {
    case AV_CODEC_ID_MP3:
      result.lead_packets_ = kMp3Lead;
      result.header_mask_ = kMpegMask;
      result.constant_ = parameters.frame_size;
      break;
    case AV_CODEC_ID_AAC:
      // Spectral band replication draws its noise from a table that it walks through from the start.
      if (parameters.profile != AV_PROFILE_AAC_LOW) return std::nullopt;
      // An element that a packet leaves out keeps its overlap from long ago.
      if (parameters.ch_layout.nb_channels > 2) return std::nullopt;
      result.lead_packets_ = kAacLead;
      // With a configuration of its own, packets have no headers.
      if (parameters.extradata_size == 0) result.header_mask_ = kAdtsMask;
      result.constant_ = parameters.frame_size;
      break;
    case AV_CODEC_ID_VORBIS:
      result.lead_packets_ = kVorbisLead;
      result.vorbis_.reset(av_vorbis_parse_init(parameters.extradata, parameters.extradata_size));
      if (!result.vorbis_) return std::nullopt;
      return result;
    default:
      return std::nullopt;
  }
  if (result.constant_ <= 0) return std::nullopt;
  return result;
}

std::optional<int> PacketFrames::count(const AVPacket& packet) {
  if (packet.size <= 0 || !goes_on(packet)) return std::nullopt;
  if (!vorbis_) return constant_;
  const int frames = av_vorbis_parse_frame(vorbis_.get(), packet.data, packet.size);
  return frames >= 0 ? std::optional(frames) : std::nullopt;
}

bool PacketFrames::goes_on(const AVPacket& packet) {
  for (const AVPacketSideDataType type : {AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_PARAM_CHANGE}) {
    if (av_packet_get_side_data(&packet, type, nullptr) != nullptr) return false;
  }
  if (header_mask_ == 0) return true;
  // Tags and junk between frames come as packets too, and decode to nothing.
  if (packet.size < 4 || packet.data[0] != 0xff || (packet.data[1] & 0xe0) != 0xe0) return false;
  const uint32_t bits = AV_RB32(packet.data);
  uint32_t header = bits & header_mask_;
  if (header_mask_ == kMpegMask && (bits & kMpegMode) == kMpegMode) header |= kMpegMode;
  if (header_ == 0) header_ = header;
  return header == header_;
}

}  // namespace cochlea
