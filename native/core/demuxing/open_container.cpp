#include "core/demuxing/open_container.h"

#include <algorithm>
#include <utility>

#include "core/demuxing/container_probe.h"
#include "core/demuxing/open_format.h"
#include "core/demuxing/protection.h"
#include "core/error.h"

namespace cochlea {

OpenContainer::OpenContainer(ByteSource& source, const RawFormat& raw, int stream, const Limits& limits,
                             const Cancellation& cancellation)
    : lease_{&source, &cancellation}, wanted_stream_(stream) {
  check_size(limits);
  try {
    const LogScope scope(messages_);
    open(raw, limits);
  } catch (...) {
    LogScope::append(messages_);
    throw;
  }
  LogScope::append(messages_);
}

void OpenContainer::check_size(const Limits& limits) const {
  const auto size = static_cast<double>(lease_.source->size());
  if (size > limits.input_bytes) {
    throw AudioError::limit("inputBytes", limits.input_bytes, size, "the source is larger than the limit");
  }
}

void OpenContainer::open(const RawFormat& raw, const Limits& limits) {
  ContainerProbe probe = ContainerProbe::of(lease_, raw);
  io_ = std::move(probe.io);
  stated_size_ = probe.stated_size;
  is_fragmented_ = probe.is_fragmented;
  info_.collected = probe.collected;
  info_.container = probe.format->name;
  format_ = open_format(*probe.format, *io_, lease_, {raw, limits, probe.is_disguised, complaints_});
  choose_stream(limits);
  info_.stream = describe(*stream_);
  info_.size = lease_.source->size();
  info_.duration = facts().duration();
  opened_entries_ = facts().index_entries();
}

void OpenContainer::choose_stream(const Limits& limits) {
  bool has_audio = false;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVStream& stream = *format_->streams[i];
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    has_audio = true;
    info_.audio_streams.push_back(describe(stream));
  }
  if (!has_audio) throw AudioError(ErrorCode::kNoStream, "this " + info_.container + " holds no audio stream");
  check_streams(*format_, limits);

  const int index = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, wanted_stream_, -1, &codec_, 0);
  if (index == AVERROR_STREAM_NOT_FOUND && wanted_stream_ >= 0) {
    throw AudioError(ErrorCode::kNoStream, "stream " + std::to_string(wanted_stream_) + " is not an audio stream");
  }
  if (index < 0) throw refusal();
  stream_ = format_->streams[index];
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    format_->streams[i]->discard = static_cast<int>(i) == index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

// Why none of the streams that were asked for can be decoded. Throws kEncrypted, where one is.
AudioError OpenContainer::refusal() const {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (format_->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) refuse_unreadable(*format_->streams[i]);
  }
  // The same choice, of what need not have a decoder.
  const int best = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, wanted_stream_, -1, nullptr, 0);
  const auto wanted = std::find_if(info_.audio_streams.begin(), info_.audio_streams.end(),
                                   [best](const StreamInfo& each) { return each.index == best; });
  const StreamInfo& stream = wanted == info_.audio_streams.end() ? info_.audio_streams.front() : *wanted;
  const std::string name = "stream " + std::to_string(stream.index) + " (" + stream.codec + ")";
  if (!stream.decodable) {
    return AudioError(ErrorCode::kUnsupportedCodec, "no decoder for " + name + " is part of this build");
  }
  const char* lacks = stream.sample_rate <= 0 ? "no sample rate"
                      : stream.channels <= 0  ? "no channels"
                                              : "nothing usable";
  return AudioError(ErrorCode::kCorrupt, "the header of " + name + " states " + lacks);
}

void OpenContainer::serve(ByteSource& source, const Limits& limits, const Cancellation& cancellation) {
  lease_ = {&source, &cancellation};
  check_size(limits);
  check_streams(*format_, limits);
}

}  // namespace cochlea
