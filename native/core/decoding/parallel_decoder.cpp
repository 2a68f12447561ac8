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
      frame_(make_frame()),
      first_(make_frame()) {}

ParallelDecoder::~ParallelDecoder() { stop(); }

DecoderOutput ParallelDecoder::next(Damage& damage) {
  av_frame_unref(frame_.get());
  if (!has_first_) return first(damage);
  if (rule_ != nullptr && workers_.empty()) start();
  while (rule_ != nullptr) {
    if (std::optional<DecoderOutput> decoded = emit(damage)) return *decoded;
    if (current_ && current_->work->ends_stream()) return EndOfAudio();
    advance();
  }
  return alone(damage);
}

DecoderOutput ParallelDecoder::alone(Damage& damage) {
  if (!decoder_.next(*frame_, damage)) return EndOfAudio();
  return frame_.get();
}

DecoderOutput ParallelDecoder::first(Damage& damage) {
  std::vector<std::string> messages;
  DecoderOutput decoded;
  try {
    const LogScope scope(messages);
    decoded = alone(damage);
  } catch (...) {
    LogScope::append(messages);
    throw;
  }
  LogScope::append(messages);
  remember(messages);
  if (std::holds_alternative<EndOfAudio>(decoded)) return decoded;
  has_first_ = true;
  first_samples_ = frame_->nb_samples;
  first_->format = frame_->format;
  first_->sample_rate = frame_->sample_rate;
  if (av_channel_layout_copy(&first_->ch_layout, &frame_->ch_layout) < 0) {
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
  return decoded;
}

// Hands out what is left of the current segment.
std::optional<DecoderOutput> ParallelDecoder::emit(Damage& damage) {
  if (!current_) return std::nullopt;
  SegmentResult& result = current_->result;
  while (current_->next_event < result.events.size()) {
    SegmentResult::Event& event = result.events[current_->next_event++];
    if (event.source != nullptr) decoder_.announce(*event.source, damage);
    LogScope::append(event.messages);
    remember(event.messages);
    if (event.mixed > 0) {
      decoder_.report(event.complaint, damage);
      return planes_of(event.mixed);
    }
    if (event.frame) {
      frame_ = std::move(event.frame);
      decoder_.accept(*frame_, event.complaint, damage);
      return frame_.get();
    }
    decoder_.report(event.complaint, damage);
  }
  if (result.error) std::rethrow_exception(result.error);
  return std::nullopt;
}

// The next ones of the current segment.
MixedPlanes ParallelDecoder::planes_of(int frames) {
  const Block& mixed = current_->result.tools->mixed;
  for (size_t c = 0; c < planes_.size(); ++c) planes_[c] = mixed.planes[c].data() + current_->mixed_frames;
  current_->mixed_frames += static_cast<size_t>(frames);
  return {planes_.data(), frames, first_->sample_rate};
}

// To the next segment, or to one decoder alone.
void ParallelDecoder::advance() {
  cancellation_.check();
  fill_queue();
  const bool has_more_of_its_own = current_ && !current_->result.is_whole;
  if (has_more_of_its_own || queue_.empty()) return go_on_alone();
  Pending& next = queue_.front();
  next.result.wait();
  cancellation_.check();
  SegmentResult result = next.result.get();
  const bool goes_on = !current_ || (result.follows(current_->result) && !repeats_message(result));
  if (!goes_on) return go_on_alone();
  if (current_) {
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(*current_->result.tools));
  }
  current_ = Current{std::move(next.work), std::move(result)};
  queue_.pop_front();
  fill_queue();
}

// The first lines are all that a LogScope keeps.
void ParallelDecoder::remember(const std::vector<std::string>& messages) {
  if (said_.size() < LogScope::kMaxLines) said_.insert(messages.begin(), messages.end());
}

// See Note [Seams]: what FFmpeg says once per decoder would be said twice.
bool ParallelDecoder::repeats_message(const SegmentResult& segment) const {
  if (said_.size() >= LogScope::kMaxLines) return false;
  return std::any_of(segment.events.begin(), segment.events.end(), [this](const SegmentResult::Event& event) {
    return std::any_of(event.messages.begin(), event.messages.end(),
                       [this](const std::string& message) { return said_.contains(message); });
  });
}

void ParallelDecoder::start() {
  const int channels = options_.channels == 0 ? first_->ch_layout.nb_channels : options_.channels;
  Mixer mixer(*first_, channels, options_.downmix, options_.non_finite);
  planes_.resize(static_cast<size_t>(channels));
  workers_.reserve(threads_);
  try {
    for (size_t i = 0; i < threads_; ++i) workers_.emplace_back([this, mixer]() mutable { work(mixer); });
  } catch (const std::system_error&) {
    // The system gives no more threads: those that there are do the work.
  }
  if (workers_.empty()) rule_ = nullptr;
}

void ParallelDecoder::stop() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  workers_.clear();
  tasks_.clear();
}

void ParallelDecoder::go_on_alone() {
  stop();
  std::deque<SourcePacket> unread;
  const auto take = [&unread](SegmentWork& work, size_t sent) {
    const auto from = work.packets.begin() + static_cast<std::ptrdiff_t>(sent);
    std::move(from, work.packets.end(), std::back_inserter(unread));
  };
  if (current_) {
    decoder_.give_codec(std::move(current_->result.tools->codec));
    take(*current_->work, current_->result.sent);
  }
  for (const Pending& pending : queue_) take(*pending.work, 0);
  if (set_aside_) unread.push_back(std::move(*set_aside_));
  decoder_.packets().put_back(std::move(unread));
  queue_.clear();
  current_.reset();
  rule_ = nullptr;
}

void ParallelDecoder::fill_queue() {
  while (queue_.size() <= threads_ && !all_read_) {
    std::unique_ptr<SegmentWork> work = make_segment();
    if (work->packets.empty()) return;
    hand_out(std::move(work));
  }
}

void ParallelDecoder::hand_out(std::unique_ptr<SegmentWork> work) {
  Task task;
  task.work = work.get();
  if (work->is_first) task.tools.emplace(SegmentTools{decoder_.take_codec(), Block(static_cast<int>(planes_.size()))});
  queue_.push_back({std::move(work), task.result.get_future()});
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

std::unique_ptr<SegmentWork> ParallelDecoder::make_segment() {
  auto work = std::make_unique<SegmentWork>();
  int64_t samples = 0;
  int bytes = 0;
  const auto is_full = [&] {
    const size_t count = work->packets.size();
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
    work->packets.push_back(std::move(next));
  }
  if (work->packets.empty()) return work;
  work->is_first = !std::exchange(has_segments_, true);
  work->preroll = std::move(preroll_);
  preroll_ = all_read_ ? std::vector<SourcePacket>() : preroll_after(work->packets);
  return work;
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
  const SegmentSetting setting{decoder_.setup(), *first_,       static_cast<int>(planes_.size()),
                               kMaxSampleBytes,  cancellation_, abandoned_};
  while (std::optional<Task> task = next_task()) {
    task->result.set_value(decode_segment(*task->work, std::move(task->tools), setting, mixer));
  }
}

std::optional<ParallelDecoder::Task> ParallelDecoder::next_task() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return abandoned_ || !tasks_.empty(); });
  if (abandoned_) return std::nullopt;
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  if (!task.tools && !spare_.empty()) {
    task.tools = std::move(spare_.back());
    spare_.pop_back();
  }
  return task;
}

}  // namespace cochlea
