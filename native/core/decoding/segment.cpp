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

}  // namespace

void Segment::decode(const CodecSetup& setup, const AVFrame& first, Mixer& mixer, size_t room,
                     const Cancellation& cancellation, const std::atomic<bool>& abandoned) {
  try {
    events.reserve(packets.size() + 1);
    if (is_first) {
      // The packet that gave the stream's first frame may hold more of them.
      if (!decode_packet(nullptr, first, mixer, room)) return;
    } else {
      // What FFmpeg says when it opens a decoder, it has said to the stream's first one.
      std::vector<std::string> dropped;
      const LogScope scope(dropped);
      if (codec) {
        codec->reset();
      } else {
        codec.emplace(setup);
      }
      size_t preroll_room = room;
      if (!decode_preroll(preroll_room, abandoned)) return;
    }
    while (sent_ < packets.size()) {
      if (abandoned) return;
      if (cancellation.cancelled()) return;
      if (!decode_packet(&packets[sent_], first, mixer, room)) return;
    }
    closing_.memory = codec->memory();
    is_whole = true;
  } catch (...) {
    error = std::current_exception();
  }
}

// False when the frames have no room: the seam cannot be checked.
bool Segment::decode_preroll(size_t& room, const std::atomic<bool>& abandoned) {
  for (const SourcePacket& source : preroll) {
    if (abandoned) return false;
    std::vector<std::string> messages;
    const LogScope scope(messages);
    std::vector<Event> dropped;
    opening_is_clean_ = codec->send(source) == nullptr && messages.empty();
    if (!receive(dropped, messages, room)) return false;
    opening_.frames.clear();
    for (Event& event : dropped) {
      if (event.complaint != nullptr || !event.messages.empty()) opening_is_clean_ = false;
      if (event.frame) opening_.frames.push_back(std::move(event.frame));
    }
  }
  opening_.memory = codec->memory();
  return true;
}

// Without a packet: what the decoder still has. False when there is no room for more.
bool Segment::decode_packet(const SourcePacket* source, const AVFrame& first, Mixer& mixer, size_t& room) {
  std::vector<std::string> messages;
  const LogScope scope(messages);
  const size_t start = events.size();
  if (source != nullptr) {
    ++sent_;
    const char* complaint = codec->send(*source);
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
    if (!same_shape(*event.frame, first)) is_steady_ = false;
    if (sent_ == packets.size()) closing_.frames.push_back(share(*event.frame));
    if (is_steady_) mix(event, mixer);
  }
  clean_packets_ = clean ? clean_packets_ + 1 : 0;
  return has_room;
}

void Segment::mix(Event& event, Mixer& mixer) {
  const auto count = static_cast<size_t>(event.frame->nb_samples);
  if (!mixer.mix_finite(*event.frame, mixed.space(count, 0))) return;
  mixed.frames += count;
  event.mixed = event.frame->nb_samples;
  unused_ = std::move(event.frame);
  av_frame_unref(unused_.get());
}

// All that the decoder has, with the messages that each answer brought. False when there is no room for more.
bool Segment::receive(std::vector<Event>& to, std::vector<std::string>& messages, size_t& room) {
  while (true) {
    // The last answer of each packet fills no frame: it waits for the next packet.
    Event event{0, unused_ ? std::move(unused_) : make_frame(), nullptr, nullptr, {}};
    const bool received = codec->receive(*event.frame, event.complaint) == Codec::Answer::kFrame;
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

std::deque<SourcePacket> Segment::take_unread() {
  std::deque<SourcePacket> unread;
  for (; sent_ < packets.size(); ++sent_) unread.push_back(std::move(packets[sent_]));
  return unread;
}

bool Segment::follows(const Segment& before) const {
  if (!before.is_steady_) return false;
  if (preroll.empty()) return true;
  const auto& ours = opening_.frames;
  const auto& theirs = before.closing_.frames;
  if (!opening_is_clean_ || before.clean_packets_ < preroll.size() || ours.empty() || ours.size() != theirs.size()) {
    return false;
  }
  for (size_t i = 0; i < ours.size(); ++i) {
    if (!same(*ours[i], *theirs[i])) return false;
  }
  return opening_.memory && opening_.memory == before.closing_.memory;
}

}  // namespace cochlea
