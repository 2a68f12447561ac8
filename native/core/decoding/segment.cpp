#include "core/decoding/segment.h"

#include <cstring>
#include <utility>

#include "core/error.h"

namespace cochlea {

namespace {

size_t bytes_per_sample(const AVFrame& frame) {
  return static_cast<size_t>(av_get_bytes_per_sample(static_cast<AVSampleFormat>(frame.format)));
}

size_t bytes_of(const AVFrame& frame) {
  return static_cast<size_t>(frame.nb_samples) * static_cast<size_t>(frame.ch_layout.nb_channels) *
         bytes_per_sample(frame);
}

bool same_shape(const AVFrame& a, const AVFrame& b) {
  return a.format == b.format && a.sample_rate == b.sample_rate &&
         av_channel_layout_compare(&a.ch_layout, &b.ch_layout) == 0;
}

bool same(const AVFrame& a, const AVFrame& b) {
  if (!same_shape(a, b) || a.nb_samples != b.nb_samples) return false;
  const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(a.format)) != 0;
  const size_t planes = planar ? static_cast<size_t>(a.ch_layout.nb_channels) : 1;
  const size_t bytes = bytes_of(a) / planes;
  for (size_t i = 0; i < planes; ++i) {
    if (std::memcmp(a.extended_data[i], b.extended_data[i], bytes) != 0) return false;
  }
  return true;
}

FrameHandle share(const AVFrame& frame) {
  FrameHandle copy(av_frame_clone(&frame));
  if (!copy) throw AudioError(ErrorCode::kInternal, "out of memory");
  return copy;
}

// One segment on its way.
class SegmentDecoder {
 public:
  using Event = SegmentResult::Event;

  SegmentDecoder(const SegmentWork& work, const SegmentSetting& setting, Mixer& mixer)
      : work_(work), setting_(setting), mixer_(mixer) {}

  SegmentResult decode(std::optional<SegmentTools> tools);

 private:
  void decode_all();
  bool decode_preroll(size_t room);
  bool decode_packet(const SourcePacket* source, size_t& room);
  void mix(Event& event);
  bool receive(std::vector<Event>& to, std::vector<std::string>& messages, size_t& room);
  Codec& codec() { return result_.tools->codec; }

  const SegmentWork& work_;
  const SegmentSetting& setting_;
  Mixer& mixer_;
  SegmentResult result_;
  size_t said_ = 0;  // messages in the result's events
  FrameHandle unused_;
};

SegmentResult SegmentDecoder::decode(std::optional<SegmentTools> tools) {
  result_.tools = std::move(tools);
  result_.preroll = work_.preroll.size();
  try {
    decode_all();
  } catch (...) {
    result_.error = std::current_exception();
  }
  return std::move(result_);
}

void SegmentDecoder::decode_all() {
  result_.events.reserve(work_.packets.size() + 1);
  size_t room = setting_.room;
  if (work_.is_first) {
    // The packet that gave the stream's first frame may hold more of them.
    if (!decode_packet(nullptr, room)) return;
  } else {
    // What FFmpeg says when it opens a decoder, it has said to the stream's first one.
    std::vector<std::string> dropped;
    const LogScope scope(dropped);
    if (result_.tools) {
      codec().reset();
      result_.tools->mixed.frames = 0;
    } else {
      result_.tools.emplace(SegmentTools{Codec(setting_.setup), Block(setting_.channels)});
    }
    if (!decode_preroll(room)) return;
  }
  while (result_.sent < work_.packets.size()) {
    if (setting_.abandoned || setting_.cancellation.cancelled()) return;
    if (!decode_packet(&work_.packets[result_.sent], room)) return;
  }
  result_.closing.memory = codec().memory();
  result_.is_whole = true;
}

// False when the frames have no room: the seam cannot be checked.
bool SegmentDecoder::decode_preroll(size_t room) {
  for (const SourcePacket& source : work_.preroll) {
    if (setting_.abandoned) return false;
    std::vector<std::string> messages;
    const LogScope scope(messages);
    std::vector<Event> dropped;
    bool& is_clean = result_.opening_is_clean;
    is_clean = codec().send(source) == nullptr && messages.empty();
    if (!receive(dropped, messages, room)) return false;
    result_.opening.frames.clear();
    for (Event& event : dropped) {
      if (event.complaint != nullptr || !event.messages.empty()) is_clean = false;
      if (event.frame) result_.opening.frames.push_back(std::move(event.frame));
    }
  }
  result_.opening.memory = codec().memory();
  return true;
}

// Without a packet: what the decoder still has. False when there is no room for more.
bool SegmentDecoder::decode_packet(const SourcePacket* source, size_t& room) {
  std::vector<std::string> messages;
  const LogScope scope(messages);
  std::vector<Event>& events = result_.events;
  const size_t start = events.size();
  if (source != nullptr) {
    ++result_.sent;
    const char* complaint = codec().send(*source);
    if (complaint != nullptr || !messages.empty() || source->has_news()) {
      events.push_back({0, nullptr, complaint, source, std::exchange(messages, {})});
    }
  }
  const bool has_room = receive(events, messages, room);
  bool clean = true;
  for (size_t i = start; i < events.size(); ++i) {
    Event& event = events[i];
    if (event.complaint != nullptr || !event.messages.empty()) clean = false;
    // The first lines are all that a LogScope keeps.
    if (said_ >= LogScope::kMaxLines) event.messages.clear();
    said_ += event.messages.size();
    if (!event.frame) continue;
    if (!same_shape(*event.frame, setting_.first)) result_.is_steady = false;
    if (result_.sent == work_.packets.size()) result_.closing.frames.push_back(share(*event.frame));
    if (result_.is_steady) mix(event);
  }
  result_.clean_packets = clean ? result_.clean_packets + 1 : 0;
  return has_room;
}

void SegmentDecoder::mix(Event& event) {
  Block& mixed = result_.tools->mixed;
  const auto count = static_cast<size_t>(event.frame->nb_samples);
  if (!mixer_.mix_finite(*event.frame, mixed.space(count, 0))) return;
  mixed.frames += count;
  event.mixed = event.frame->nb_samples;
  unused_ = std::move(event.frame);
  av_frame_unref(unused_.get());
}

// All that the decoder has, with the messages that each answer brought. False when there is no room for more.
bool SegmentDecoder::receive(std::vector<Event>& to, std::vector<std::string>& messages, size_t& room) {
  while (true) {
    // The last answer of each packet fills no frame: it waits for the next packet.
    Event event{0, unused_ ? std::move(unused_) : make_frame(), nullptr, nullptr, {}};
    const bool received = codec().receive(*event.frame, event.complaint) == Codec::Answer::kFrame;
    event.messages = std::exchange(messages, {});
    if (!received) {
      unused_ = std::move(event.frame);
      if (event.complaint != nullptr || !event.messages.empty()) to.push_back(std::move(event));
      return true;
    }
    const size_t bytes = bytes_of(*event.frame);
    to.push_back(std::move(event));
    if (bytes >= room) return false;
    room -= bytes;
  }
}

}  // namespace

SegmentResult decode_segment(const SegmentWork& work, std::optional<SegmentTools> tools, const SegmentSetting& setting,
                             Mixer& mixer) {
  return SegmentDecoder(work, setting, mixer).decode(std::move(tools));
}

bool SegmentResult::follows(const SegmentResult& before) const {
  if (!before.is_steady) return false;
  if (preroll == 0) return true;
  const auto& ours = opening.frames;
  const auto& theirs = before.closing.frames;
  if (!opening_is_clean || before.clean_packets < preroll || ours.empty() || ours.size() != theirs.size()) {
    return false;
  }
  for (size_t i = 0; i < ours.size(); ++i) {
    if (!same(*ours[i], *theirs[i])) return false;
  }
  return opening.memory && opening.memory == before.closing.memory;
}

}  // namespace cochlea
