#include "core/decoding/parallel_decoder.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace cochlea {

namespace {

// More than these, and one demuxing and one resampling thread cannot keep up.
constexpr int kMaxWorkers = 8;
// Pre-roll is decoded twice: at most an eighth more than there is.
constexpr size_t kPacketsPerPreroll = 8;
// Bounds of one segment, for packets that state a wrong duration.
constexpr size_t kMaxPackets = 4096;
constexpr int kMaxPacketBytes = 4 << 20;
constexpr size_t kMaxSampleBytes = size_t{8} << 20;
// Of an MPEG audio packet: header, checksum and side information, which hold no main data.
constexpr int kMpegSideBytes = 4 + 2 + 32;
// Enough for main data in packets that hold next to none. Beyond it, the check of the seam decides.
constexpr size_t kMaxPreroll = 32;

const SegmentRule* rule_for(const AVCodec& codec) {
  for (const SegmentRule& rule : kSegmentRules) {
    if (std::string_view(codec.name) == rule.decoder) return &rule;
  }
  return nullptr;
}

// What follows such a packet may need another set-up of the decoder.
bool changes_codec(const AVPacket& packet) {
  return av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr ||
         av_packet_get_side_data(&packet, AV_PKT_DATA_PARAM_CHANGE, nullptr) != nullptr;
}

}  // namespace

ParallelDecoder::ParallelDecoder(Demuxer& demuxer, const DecodeOptions& options, int threads,
                                 const Cancellation& cancellation, int64_t segment_samples)
    : decoder_(demuxer, options.on_damage, options.limits, cancellation),
      options_(options),
      cancellation_(cancellation),
      rule_(threads > 1 ? rule_for(demuxer.codec()) : nullptr),
      threads_(static_cast<size_t>(std::clamp(threads, 1, kMaxWorkers))),
      segment_samples_(segment_samples),
      first_(make_frame()) {}

ParallelDecoder::~ParallelDecoder() { stop(); }

bool ParallelDecoder::next(AVFrame& frame, Damage& damage) {
  is_mixed_ = false;
  if (!has_first_) return first(frame, damage);
  if (rule_ != nullptr && workers_.empty()) start();
  while (rule_ != nullptr) {
    if (emit(frame, damage)) return true;
    if (current_ && current_->segment.ends_stream()) return false;
    advance();
  }
  return decoder_.next(frame, damage);
}

bool ParallelDecoder::first(AVFrame& frame, Damage& damage) {
  std::vector<std::string> messages;
  bool found = false;
  try {
    const LogScope scope(messages);
    found = decoder_.next(frame, damage);
  } catch (...) {
    LogScope::append(messages);
    throw;
  }
  LogScope::append(messages);
  remember(messages);
  if (!found) return false;
  has_first_ = true;
  first_samples_ = frame.nb_samples;
  first_->format = frame.format;
  first_->sample_rate = frame.sample_rate;
  if (av_channel_layout_copy(&first_->ch_layout, &frame.ch_layout) < 0) {
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
  return true;
}

// Hands out what is left of the current segment.
bool ParallelDecoder::emit(AVFrame& frame, Damage& damage) {
  if (!current_) return false;
  Segment& segment = current_->segment;
  while (next_event_ < segment.events.size()) {
    Segment::Event& event = segment.events[next_event_++];
    if (event.source != nullptr) decoder_.announce(*event.source, damage);
    LogScope::append(event.messages);
    remember(event.messages);
    if (event.mixed > 0) {
      frame.nb_samples = event.mixed;
      frame.sample_rate = first_->sample_rate;
      for (size_t c = 0; c < mixed_.size(); ++c) mixed_[c] = segment.mixed.planes[c].data() + mixed_frames_;
      mixed_frames_ += static_cast<size_t>(event.mixed);
      is_mixed_ = true;
      decoder_.report(event.complaint, damage);
      return true;
    }
    if (event.frame) {
      av_frame_move_ref(&frame, event.frame.get());
      event.frame.reset();
      decoder_.accept(frame, event.complaint, damage);
      return true;
    }
    decoder_.report(event.complaint, damage);
  }
  if (segment.error) std::rethrow_exception(segment.error);
  return false;
}

// To the next segment, or to one decoder alone.
void ParallelDecoder::advance() {
  cancellation_.check();
  fill_queue();
  const bool has_more_of_its_own = current_ && !current_->segment.is_whole;
  if (has_more_of_its_own || queue_.empty()) return go_on_alone();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.front()->state == State::kDone; });
  }
  cancellation_.check();
  const Segment& segment = queue_.front()->segment;
  if (current_ && (!segment.follows(current_->segment) || repeats_message(segment))) return go_on_alone();
  {
    const std::lock_guard lock(mutex_);
    if (current_) spare_.push_back({std::move(*current_->segment.codec), std::move(current_->segment.mixed)});
    current_ = std::move(queue_.front());
    queue_.pop_front();
  }
  next_event_ = 0;
  mixed_frames_ = 0;
  fill_queue();
}

// The first lines are all that a LogScope keeps.
void ParallelDecoder::remember(const std::vector<std::string>& messages) {
  if (said_.size() < LogScope::kMaxLines) said_.insert(messages.begin(), messages.end());
}

// See Note [Seams]: what FFmpeg says once per decoder would be said twice.
bool ParallelDecoder::repeats_message(const Segment& segment) const {
  if (said_.size() >= LogScope::kMaxLines) return false;
  return std::any_of(segment.events.begin(), segment.events.end(), [this](const Segment::Event& event) {
    return std::any_of(event.messages.begin(), event.messages.end(),
                       [this](const std::string& message) { return said_.contains(message); });
  });
}

void ParallelDecoder::start() {
  const int channels = options_.channels == 0 ? first_->ch_layout.nb_channels : options_.channels;
  Mixer mixer(*first_, channels, options_.downmix, options_.non_finite);
  mixed_.resize(static_cast<size_t>(channels));
  workers_.reserve(threads_);
  try {
    for (size_t i = 0; i < threads_; ++i) workers_.emplace_back([this, mixer]() mutable { work(mixer); });
  } catch (const std::system_error&) {
    // The system gives no more threads: those that there are do the work.
  }
  if (workers_.empty()) {
    rule_ = nullptr;
  } else {
    codec_ = decoder_.take_codec();
  }
}

void ParallelDecoder::stop() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  workers_.clear();
}

void ParallelDecoder::go_on_alone() {
  stop();
  std::deque<SourcePacket> unread;
  if (current_) {
    codec_ = std::move(current_->segment.codec);
    unread = current_->segment.take_unread();
  }
  for (const auto& entry : queue_) {
    std::move(entry->segment.packets.begin(), entry->segment.packets.end(), std::back_inserter(unread));
  }
  if (set_aside_) unread.push_back(std::move(*set_aside_));
  queue_.clear();
  current_.reset();
  decoder_.resume(std::move(*codec_), std::move(unread));
  rule_ = nullptr;
}

void ParallelDecoder::fill_queue() {
  while (queue_.size() <= threads_ && !all_read_) {
    std::unique_ptr<Entry> entry = make_segment();
    if (entry->segment.packets.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(entry));
    }
    changed_.notify_all();
  }
}

std::unique_ptr<ParallelDecoder::Entry> ParallelDecoder::make_segment() {
  auto entry = std::make_unique<Entry>(static_cast<int>(mixed_.size()));
  Segment& segment = entry->segment;
  int64_t samples = 0;
  int bytes = 0;
  const auto is_full = [&] {
    const size_t count = segment.packets.size();
    const bool has_enough = samples >= segment_samples_ && count >= kPacketsPerPreroll * rule_->preroll;
    return has_enough || count >= kMaxPackets || bytes >= kMaxPacketBytes;
  };
  while (!all_read_ && !is_full()) {
    SourcePacket next = decoder_.packets().read();
    all_read_ = !next.packet;
    if (next.packet && changes_codec(*next.packet)) {
      set_aside_ = std::move(next);
      all_read_ = true;
      break;
    }
    if (next.packet) {
      samples += samples_of(*next.packet);
      bytes += std::min(next.packet->size, kMaxPacketBytes);
    }
    segment.packets.push_back(std::move(next));
  }
  if (segment.packets.empty()) return entry;
  segment.is_first = codec_.has_value();
  segment.codec = std::exchange(codec_, std::nullopt);
  segment.preroll = std::move(preroll_);
  preroll_ = all_read_ ? std::vector<SourcePacket>() : preroll_after(segment.packets);
  return entry;
}

// By the duration that the packet states, else as many as the first frame had.
int64_t ParallelDecoder::samples_of(const AVPacket& packet) const {
  const int64_t stated = av_rescale_q(packet.duration, decoder_.setup().time_base(), {1, first_->sample_rate});
  const int64_t samples = stated > 0 ? std::min(stated, segment_samples_) : first_samples_;
  return samples * first_->ch_layout.nb_channels;
}

std::vector<SourcePacket> ParallelDecoder::preroll_after(const std::vector<SourcePacket>& packets) const {
  size_t start = packets.size();
  size_t count = 0;
  size_t main_data = 0;
  while (start > 0 && (count < rule_->preroll || (main_data < rule_->reservoir && count < kMaxPreroll))) {
    --start;
    if (count >= rule_->preroll) {
      main_data += static_cast<size_t>(std::max(packets[start].packet->size - kMpegSideBytes, 0));
    }
    ++count;
  }
  std::vector<SourcePacket> preroll;
  for (; start < packets.size(); ++start) {
    SourcePacket& copy = preroll.emplace_back();
    copy.packet.reset(av_packet_clone(packets[start].packet.get()));
    if (!copy.packet) throw AudioError(ErrorCode::kInternal, "out of memory");
  }
  return preroll;
}

// Worker threads.
void ParallelDecoder::work(Mixer& mixer) {
  const auto is_waiting = [](const std::unique_ptr<Entry>& entry) { return entry->state == State::kWaiting; };
  std::unique_lock lock(mutex_);
  while (true) {
    auto found = queue_.end();
    changed_.wait(lock, [&] {
      found = std::find_if(queue_.begin(), queue_.end(), is_waiting);
      return abandoned_ || found != queue_.end();
    });
    if (abandoned_) return;
    Entry& entry = **found;
    entry.state = State::kRunning;
    if (!entry.segment.codec && !spare_.empty()) {
      entry.segment.codec = std::move(spare_.back().codec);
      entry.segment.mixed = std::move(spare_.back().mixed);
      entry.segment.mixed.frames = 0;
      spare_.pop_back();
    }
    lock.unlock();
    entry.segment.decode(decoder_.setup(), *first_, mixer, kMaxSampleBytes, cancellation_, abandoned_);
    lock.lock();
    entry.state = State::kDone;
    changed_.notify_all();
  }
}

}  // namespace cochlea
