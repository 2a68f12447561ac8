#include "core/seeker.h"

#include <libavutil/intreadwrite.h>

#include <algorithm>
#include <deque>

#include "core/packet_frames.h"

namespace cochlea {

namespace {

// Shorter ways than this are decoded: seeking costs more.
constexpr int64_t kWorthSeekingSeconds = 1;
// A quarter of a megabyte for ten hours of MP3, and a second and a half to go from there.
constexpr int kPacketsPerCheckpoint = 64;

struct Skip {
  uint32_t start = 0;
  uint32_t end = 0;
};

// Samples that the decoder drops of a packet's: encoder delay and padding.
Skip skip_of(const AVPacket& packet) {
  size_t size = 0;
  const uint8_t* data = av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
  if (data == nullptr || size < 8) return {};
  return {AV_RL32(data), AV_RL32(data + 4)};
}

bool is_pcm(AVCodecID codec) { return codec >= AV_CODEC_ID_PCM_S16LE && codec < AV_CODEC_ID_ADPCM_IMA_QT; }

// How an MP4's packets, or those of PCM and FLAC, are timed.
class Timestamps {
 public:
  Timestamps(const AVStream& stream, const AVPacket& first)
      : stream_(stream), rate_{1, stream.codecpar->sample_rate}, zero_(first.pts) {
    const Skip skip = skip_of(first);
    is_usable_ = first.pts != AV_NOPTS_VALUE && rate_.den > 0;
    zero_frame_ = -static_cast<int64_t>(skip.start);
  }

  bool is_usable() const { return is_usable_; }

  // Frame of the output at which a packet with this timestamp begins.
  std::optional<int64_t> frame(int64_t timestamp) const {
    if (timestamp == AV_NOPTS_VALUE || !is_whole(timestamp)) return std::nullopt;
    return av_rescale_q(timestamp - zero_, stream_.time_base, rate_) + zero_frame_;
  }

  int64_t timestamp(int64_t frame) const {
    return zero_ + av_rescale_q_rnd(frame - zero_frame_, rate_, stream_.time_base, AV_ROUND_DOWN);
  }

 private:
  // Whether the timestamp is a whole number of frames away from the first one.
  bool is_whole(int64_t timestamp) const {
    const int64_t frames = av_rescale_q(timestamp - zero_, stream_.time_base, rate_);
    return av_compare_ts(frames, rate_, timestamp - zero_, stream_.time_base) == 0;
  }

  const AVStream& stream_;
  AVRational rate_;
  int64_t zero_;
  int64_t zero_frame_ = 0;
  bool is_usable_ = false;
};

// Frames of each packet of an MP4, if its index is even up to the entry at `timestamp`; else 0.
int even_packets(const AVStream& stream, const Timestamps& timestamps, int64_t timestamp) {
  // FFmpeg takes the pointer without const; it only reads.
  auto* const readable = const_cast<AVStream*>(&stream);
  const int at = av_index_search_timestamp(readable, timestamp, AVSEEK_FLAG_BACKWARD | AVSEEK_FLAG_ANY);
  const AVIndexEntry* first = avformat_index_get_entry(readable, 0);
  const AVIndexEntry* second = avformat_index_get_entry(readable, 1);
  const AVIndexEntry* landed = avformat_index_get_entry(readable, at);
  if (at < 2 || first == nullptr || second == nullptr || landed == nullptr) return 0;
  const auto from = timestamps.frame(first->timestamp);
  const auto step = timestamps.frame(second->timestamp);
  const auto to = timestamps.frame(landed->timestamp);
  if (!from || !step || !to || landed->timestamp != timestamp) return 0;
  const int64_t frames = *step - *from;
  return frames > 0 && frames <= INT32_MAX && *to - *from == at * frames ? static_cast<int>(frames) : 0;
}

// Codecs that give the same from any packet on.
bool starts_anywhere(AVCodecID codec) {
  return codec == AV_CODEC_ID_FLAC || codec == AV_CODEC_ID_ALAC || is_pcm(codec);
}

std::optional<Landing> by_timestamp(Demuxer& demuxer, int64_t frame, int lead_packets, Damage& damage) {
  // MP4 marks the packets before the start of its edit list.
  PacketHandle first = make_packet();
  do {
    av_packet_unref(first.get());
    if (!demuxer.read(*first, damage)) return std::nullopt;
  } while ((first->flags & AV_PKT_FLAG_DISCARD) != 0);
  const AVStream& stream = demuxer.stream();
  const AVCodecID codec = stream.codecpar->codec_id;
  const Timestamps timestamps(stream, *first);
  if (!timestamps.is_usable()) return std::nullopt;
  const int64_t lead = static_cast<int64_t>(lead_packets) * stream.codecpar->frame_size;
  const int64_t target = timestamps.timestamp(std::max<int64_t>(0, frame - lead));
  PacketHandle landed = make_packet();
  if (!demuxer.seek(target) || !demuxer.read(*landed, damage)) return std::nullopt;
  const auto landing = timestamps.frame(landed->pts);
  if (!landing || *landing > frame || *landing < 0) return std::nullopt;
  int frame_size = 0;
  if (demuxer.is_mov() && !is_pcm(codec)) {
    frame_size = even_packets(stream, timestamps, landed->dts);
    if (frame_size == 0) return std::nullopt;
  }
  demuxer.unread(std::move(landed));
  return Landing{*landing, codec != AV_CODEC_ID_FLAC || demuxer.is_mov(), frame_size};
}

// Goes as far as earlier ranges of the same source have counted. The frame that the next packet begins at; 0 at the
// start; nothing when the demuxer did not land where it should.
std::optional<int64_t> by_index(Demuxer& demuxer, int64_t frame, const PacketFrames& rules, Damage& damage) {
  if (demuxer.index() == nullptr || !demuxer.finds_packets() || rules.constant() == 0) return 0;
  const int64_t lead = static_cast<int64_t>(rules.lead_packets()) * rules.constant();
  const auto checkpoint = demuxer.index()->before(demuxer.stream().index, frame - lead);
  if (!checkpoint || checkpoint->frame <= 0) return 0;
  PacketHandle landed = make_packet();
  if (!demuxer.seek(*checkpoint) || !demuxer.read(*landed, damage) || landed->pos != checkpoint->position)
    return std::nullopt;
  if (landed->pts != checkpoint->timestamp) return std::nullopt;
  demuxer.unread(std::move(landed));
  return checkpoint->frame;
}

std::optional<Landing> by_packet(Demuxer& demuxer, int64_t frame, PacketFrames& rules, Damage& damage) {
  struct Kept {
    PacketHandle packet;
    int64_t frame;
  };
  std::deque<Kept> kept;
  const auto start_frame = by_index(demuxer, frame, rules, damage);
  if (!start_frame) return std::nullopt;
  int64_t position = *start_frame;
  bool has_read = position > 0;
  bool padded = false;
  int packets = 0;
  while (position <= frame) {
    PacketHandle packet = make_packet();
    if (!demuxer.read(*packet, damage)) break;
    // Padding ends the audio: what follows it belongs to something else.
    if (padded) return std::nullopt;
    padded = skip_of(*packet).end > 0;
    const std::optional<int> frames = rules.count(*packet);
    if (!frames || (packet->flags & (AV_PKT_FLAG_DISCARD | AV_PKT_FLAG_CORRUPT)) != 0) return std::nullopt;
    if (position <= 0) position -= skip_of(*packet).start;
    if (demuxer.index() != nullptr && rules.constant() > 0 && packets++ % kPacketsPerCheckpoint == 0 &&
        packet->pos >= 0 && packet->pts != AV_NOPTS_VALUE) {
      demuxer.index()->add(demuxer.stream().index, {packet->pos, packet->pts, position});
    }
    const bool is_first = !has_read;
    has_read = true;
    kept.push_back({std::move(packet), position});
    if (!is_first || !rules.swallows_first()) position += *frames;
    // Packets before the lead are not needed, once that begins behind the encoder's delay: only the first packet
    // tells the decoder of it.
    const size_t needed = static_cast<size_t>(rules.lead_packets()) + 1;
    if (kept.size() > needed && kept[kept.size() - needed].frame > 0) {
      kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(needed));
    }
  }
  if (kept.empty()) return std::nullopt;
  const Kept& start = rules.swallows_first() && kept.size() > 1 ? kept[1] : kept.front();
  const Landing landing{std::max<int64_t>(0, start.frame), true, rules.constant()};
  for (Kept& each : kept) demuxer.unread(std::move(each.packet));
  return landing;
}

}  // namespace

bool is_worth_seeking(const Demuxer& demuxer, int64_t frame) {
  const AVStream& stream = demuxer.stream();
  if (frame < kWorthSeekingSeconds * stream.codecpar->sample_rate) return false;
  if (demuxer.times_every_frame() && starts_anywhere(stream.codecpar->codec_id)) return true;
  return PacketFrames::of(stream).has_value();
}

std::optional<Landing> seek_before(Demuxer& demuxer, int64_t frame, Damage& damage) {
  auto rules = PacketFrames::of(demuxer.stream());
  if (demuxer.times_every_frame()) return by_timestamp(demuxer, frame, rules ? rules->lead_packets() : 0, damage);
  if (!rules) return std::nullopt;
  return by_packet(demuxer, frame, *rules, damage);
}

}  // namespace cochlea
