#include "core/seeking/seeker.h"

#include <libavutil/intreadwrite.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "core/seeking/beginning.h"
#include "core/seeking/packet_frames.h"

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

// Packets whose first frames show where the samples begin: Apple's encoders have two before the first that is heard.
constexpr int kFirstPackets = 8;
constexpr int kFirstFrames = 3;

// How an MP4's packets, or those of PCM and FLAC, are timed.
class Timestamps {
 public:
  // `zero`: of the first sample.
  Timestamps(const AVStream& stream, int64_t zero)
      : stream_(stream), rate_{1, stream.codecpar->sample_rate}, zero_(zero) {}

  // Frame of the output at which a packet with this timestamp begins.
  std::optional<int64_t> frame(int64_t timestamp) const {
    if (timestamp == AV_NOPTS_VALUE || !is_whole(timestamp)) return std::nullopt;
    return av_rescale_q(timestamp - zero_, stream_.time_base, rate_);
  }

  int64_t timestamp(int64_t frame) const {
    return zero_ + av_rescale_q_rnd(frame, rate_, stream_.time_base, AV_ROUND_DOWN);
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

struct Start {
  int64_t timestamp = 0;  // of the first sample
  int64_t position = -1;  // in bytes: of the first packet
};

// Reads the first packets of a stream.
std::optional<Start> read_start(Demuxer& demuxer, Damage& damage) {
  Beginning beginning(demuxer);
  Start start;
  for (int i = 0; i < kFirstPackets && beginning.frames() < kFirstFrames; ++i) {
    const PacketHandle packet = make_packet();
    if (!demuxer.read(*packet, damage)) break;
    if (i == 0) start.position = packet->pos;
    if (!beginning.take(*packet)) return std::nullopt;
  }
  const auto timestamp = beginning.timestamp();
  if (!timestamp) return std::nullopt;
  start.timestamp = *timestamp;
  return start;
}

// Whether a packet of PCM lies where the sizes of the frames before it put it.
bool lies_at(const Demuxer& demuxer, const AVPacket& packet, const Start& start, int64_t frame) {
  const auto bytes = static_cast<int64_t>(demuxer.facts().bytes_per_frame());
  return start.position >= 0 && packet.pos >= 0 && bytes > 0 && packet.pos - start.position == frame * bytes;
}

std::optional<Landing> by_timestamp(Demuxer& demuxer, int64_t frame, int lead_packets, Damage& damage) {
  const AVStream& stream = demuxer.stream();
  const AVCodecID codec = stream.codecpar->codec_id;
  if (codec == AV_CODEC_ID_FLAC && !demuxer.facts().is_mov() && !demuxer.is_one_flac()) return std::nullopt;
  const auto start = read_start(demuxer, damage);
  if (!start) return std::nullopt;
  const Timestamps timestamps(stream, start->timestamp);
  const int64_t lead = static_cast<int64_t>(lead_packets) * stream.codecpar->frame_size;
  const int64_t target = timestamps.timestamp(std::max<int64_t>(0, frame - lead));
  PacketHandle landed = make_packet();
  if (!demuxer.seek(target) || !demuxer.read(*landed, damage)) return std::nullopt;
  const auto landing = timestamps.frame(landed->pts);
  if (!landing || *landing > frame || *landing < 0) return std::nullopt;
  int frame_size = 0;
  if (demuxer.facts().is_mov() && !is_pcm(codec)) {
    frame_size = even_packets(stream, timestamps, landed->dts);
    if (frame_size == 0) return std::nullopt;
  } else if (is_pcm(codec) && !demuxer.facts().is_mov() && !lies_at(demuxer, *landed, *start, *landing)) {
    return std::nullopt;
  }
  const int64_t timestamp = landed->pts;
  demuxer.unread(std::move(landed));
  return Landing{*landing, timestamp, frame_size};
}

// Goes as far as earlier ranges of the same source have counted. The frame that the next packet begins at; 0 at the
// start; nothing when the demuxer did not land where it should.
std::optional<int64_t> by_index(Demuxer& demuxer, int64_t frame, const PacketFrames& rules, Damage& damage) {
  if (demuxer.index() == nullptr || !demuxer.facts().finds_packets() || rules.constant() == 0) return 0;
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

// Counts what packets decode to. The first ones are decoded as well: they must give what they are counted as.
class Count {
 public:
  // `position`: that the first packet begins at; 0 at the start of the stream.
  Count(const Demuxer& demuxer, PacketFrames& rules, int64_t position) : rules_(rules), position_(position) {
    if (position == 0) beginning_.emplace(demuxer);
  }

  int64_t position() const { return position_; }

  // False where the count cannot go on.
  bool add(const AVPacket& packet) {
    // Padding ends the audio: what follows it belongs to something else.
    if (padded_) return false;
    const Skip skip = skip_of(packet);
    padded_ = skip.end > 0;
    const std::optional<int> frames = rules_.count(packet);
    if (!frames || (packet.flags & AV_PKT_FLAG_CORRUPT) != 0) return false;
    if (skip.start > 0) skip_ = skip.start;
    const bool is_first = !std::exchange(has_counted_, true);
    if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) {
      // Before the start of an edit list. Later ones would be a hole.
      if (position_ != 0) return false;
      skip_ = std::max<int64_t>(0, skip_ - *frames);
    } else if (!is_first || !rules_.swallows_first()) {
      position_ += *frames - std::exchange(skip_, 0);
    }
    return !beginning_ || agrees(packet);
  }

 private:
  bool agrees(const AVPacket& packet) {
    if (!beginning_->take(packet)) return false;
    if (beginning_->frames() < kFirstFrames) return true;
    const bool same = beginning_->samples() == position_;
    beginning_.reset();
    return same;
  }

  PacketFrames& rules_;
  std::optional<Beginning> beginning_;
  int64_t position_;
  int64_t skip_ = 0;  // samples that the decoder still drops
  bool has_counted_ = false;
  bool padded_ = false;
};

std::optional<Landing> by_packet(Demuxer& demuxer, int64_t frame, PacketFrames& rules, Damage& damage) {
  struct Kept {
    PacketHandle packet;
    int64_t frame;
  };
  std::deque<Kept> kept;
  const auto start_frame = by_index(demuxer, frame, rules, damage);
  if (!start_frame) return std::nullopt;
  Count count(demuxer, rules, *start_frame);
  int packets = 0;
  while (count.position() <= frame) {
    PacketHandle packet = make_packet();
    if (!demuxer.read(*packet, damage)) break;
    const int64_t position = count.position();
    if (!count.add(*packet)) return std::nullopt;
    if (demuxer.index() != nullptr && rules.constant() > 0 && packets++ % kPacketsPerCheckpoint == 0 && position > 0 &&
        packet->pos >= 0 && packet->pts != AV_NOPTS_VALUE) {
      demuxer.index()->add(demuxer.stream().index, {packet->pos, packet->pts, position});
    }
    kept.push_back({std::move(packet), position});
    // Packets before the lead are not needed, once that begins behind the encoder's delay: only the first packet
    // tells the decoder of it.
    const size_t needed = static_cast<size_t>(rules.lead_packets()) + 1;
    if (kept.size() > needed && kept[kept.size() - needed].frame > 0) {
      kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(needed));
    }
  }
  if (kept.empty()) return std::nullopt;
  const Kept& start = rules.swallows_first() && kept.size() > 1 ? kept[1] : kept.front();
  const Landing landing{std::max<int64_t>(0, start.frame), start.packet->pts, rules.constant()};
  for (Kept& each : kept) demuxer.unread(std::move(each.packet));
  return landing;
}

}  // namespace

bool is_worth_seeking(const Demuxer& demuxer, int64_t frame) {
  const AVStream& stream = demuxer.stream();
  if (frame < kWorthSeekingSeconds * stream.codecpar->sample_rate) return false;
  if (demuxer.facts().times_every_frame() && starts_anywhere(stream.codecpar->codec_id)) return true;
  return PacketFrames::of(stream).has_value();
}

std::optional<Landing> seek_before(Demuxer& demuxer, int64_t frame, Damage& damage) {
  auto rules = PacketFrames::of(demuxer.stream());
  if (demuxer.facts().times_every_frame())
    return by_timestamp(demuxer, frame, rules ? rules->lead_packets() : 0, damage);
  if (!rules) return std::nullopt;
  return by_packet(demuxer, frame, *rules, damage);
}

}  // namespace cochlea
