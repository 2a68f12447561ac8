#include "core/demuxing/demuxer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "allow_list.h"
#include "core/demuxing/flac_frames.h"
#include "core/demuxing/isobmff.h"
#include "core/demuxing/open_container.h"
#include "core/demuxing/protection.h"
#include "core/demuxing/recognise.h"
#include "core/demuxing/riff.h"
#include "core/error.h"

namespace cochlea {

namespace {

// Containers that find a frame of PCM by arithmetic. Raw PCM is named as its codec is.
constexpr char kTimedPcm[] = "wav,w64,aiff,au,caf";

// What an open source may hold of an idle container: ten hours of AAC are 40 MB.
constexpr size_t kMostKeptBytes = size_t{64} << 20;
// A timestamp from which FFmpeg finds the first packet: it adds offsets of edit lists, which must not overflow.
constexpr int64_t kBeforeAll = -(int64_t{1} << 40);

StreamInfo describe_stream(const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  StreamInfo info;
  info.index = stream.index;
  info.codec = avcodec_get_name(parameters.codec_id);
  const char* profile = avcodec_profile_name(parameters.codec_id, parameters.profile);
  if (profile != nullptr) info.profile = profile;
  info.sample_rate = parameters.sample_rate;
  info.channels = parameters.ch_layout.nb_channels;
  info.layout = ChannelLayout::labelled(parameters.ch_layout).describe();
  info.bit_rate = parameters.bit_rate;
  info.decodable = avcodec_find_decoder(parameters.codec_id) != nullptr && is_readable(stream);
  return info;
}

}  // namespace

Demuxer::Demuxer(ByteSource& source, const RawFormat& raw, int stream, const Limits& limits,
                 const Cancellation& cancellation)
    : lease_{&source, &cancellation}, wanted_stream_(stream) {
  check_size(limits);
  try {
    const LogScope scope(messages_);
    start(raw, limits);
  } catch (...) {
    LogScope::append(messages_);
    throw;
  }
  LogScope::append(messages_);
}

void Demuxer::check_size(const Limits& limits) const {
  const auto size = static_cast<double>(lease_.source->size());
  if (size > limits.input_bytes) {
    throw AudioError::limit("inputBytes", limits.input_bytes, size, "the source is larger than the limit");
  }
}

void Demuxer::start(const RawFormat& raw, const Limits& limits) {
  ByteSource& source = *lease_.source;
  io_.emplace(lease_);
  std::array<uint8_t, 1> byte{};
  const bool has_bytes = read_exactly(source, 0, byte);
  source.seek(0);
  if (!has_bytes) {
    lease_.cancellation->check();
    if (const std::optional<AudioError> failure = source.failure()) throw *failure;
    if (source.size() == 0) throw AudioError(ErrorCode::kEmpty, "the source holds no bytes");
  }
  if (raw.codec.empty()) {
    stated_size_ = stated_wav_size(source);
    is_fragmented_ = source.seekable() && has_fragments(source);
  }
  const AVInputFormat& format = recognise(source, *io_, raw, *lease_.cancellation);
  if (!source.seekable()) {
    if (raw.codec.empty() && !can_stream(format, source)) info_.collected = source.gather();
    // A context of its own: that of the probe holds bytes, and knows nothing of what was read beside it.
    if (!source.seek(0)) throw AudioError(ErrorCode::kSource, "the start of the stream is too long to be kept");
    io_.emplace(lease_);
    is_disguised_ = raw.codec.empty() && begins_with_dts(source);
    source.release();
  }
  format_ = open_container(format, *io_, lease_, {raw, limits, is_disguised_, complaints_});
  info_.container = format.name;
  choose_stream(limits);
  describe();
  opened_entries_ = index_entries();
}

void Demuxer::choose_stream(const Limits& limits) {
  bool has_audio = false;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVStream& stream = *format_->streams[i];
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    has_audio = true;
    info_.audio_streams.push_back(describe_stream(stream));
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
AudioError Demuxer::refusal() const {
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

void Demuxer::describe() {
  info_.stream = describe_stream(*stream_);
  info_.size = lease_.source->size();
  if (stream_->duration != AV_NOPTS_VALUE) {
    info_.duration = static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
  } else if (format_->duration != AV_NOPTS_VALUE) {
    info_.duration = static_cast<double>(format_->duration) / AV_TIME_BASE;
  }
}

bool Demuxer::seek(int64_t timestamp) {
  unread_.clear();
  const int result = avformat_seek_file(format_.get(), stream_->index, INT64_MIN, timestamp, timestamp, 0);
  lease_.cancellation->check();
  return result >= 0;
}

bool Demuxer::seek(const Checkpoint& checkpoint) {
  const int added = av_add_index_entry(stream_, checkpoint.position, checkpoint.timestamp, 0, 0, AVINDEX_KEYFRAME);
  return added >= 0 && seek(checkpoint.timestamp);
}

bool Demuxer::read(AVPacket& packet, Damage& damage) {
  if (!unread_.empty()) {
    av_packet_move_ref(&packet, unread_.front().get());
    unread_.pop_front();
    return true;
  }
  while (true) {
    const int result = av_read_frame(format_.get(), &packet);
    lease_.cancellation->check();
    // Streams of a TS or MPEG program stream come up on the way.
    if (io_->get()->error == AVERROR(EMFILE)) check_bounds(*io_);
    if (result < 0) {
      // FFmpeg turns some read errors into an end of file: the source knows better.
      io_->check();
      if (result != AVERROR_EOF) damage.truncated = true;
      return false;
    }
    if (packet.stream_index == stream_->index) {
      // Later fragments of an MP4, or packets of a broadcast, may be encrypted although the first were not.
      if (is_encrypted(packet) || is_encrypted(*stream_)) refuse_encrypted(*stream_);
      remember(packet);
      return true;
    }
    av_packet_unref(&packet);
  }
}

void Demuxer::remember(const AVPacket& packet) {
  if (!is_mov()) return;
  if (av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr) has_turned_ = true;
  if (first_) return;
  first_.reset(av_packet_clone(&packet));
  if (!first_) throw AudioError(ErrorCode::kInternal, "out of memory");
}

int64_t Demuxer::index_entries() const {
  int64_t count = 0;
  for (unsigned i = 0; i < format_->nb_streams; ++i) count += avformat_index_get_entries_count(format_->streams[i]);
  return count;
}

size_t Demuxer::bytes() const {
  size_t bytes = static_cast<size_t>(index_entries()) * sizeof(AVIndexEntry);
  bytes += static_cast<size_t>(io_->get()->buffer_size) + (first_ ? static_cast<size_t>(first_->size) : 0);
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    bytes += static_cast<size_t>(format_->streams[i]->attached_pic.size);
  return bytes;
}

// Codecs that FFmpeg does not parse in MP4, among them all whose ranges are found there: a parser changes the stream's
// facts as it reads.
bool Demuxer::is_unparsed() const {
  const AVCodecID codec = stream_->codecpar->codec_id;
  return codec == AV_CODEC_ID_AAC || codec == AV_CODEC_ID_ALAC || codec == AV_CODEC_ID_FLAC || bytes_per_frame() > 0;
}

// An index grows by fragments that are found on the way. Of an honest file it is smaller than the samples: a header of
// a hundred bytes can claim millions of them.
bool Demuxer::is_worth_keeping() const {
  if (!is_mov() || !is_unparsed() || complaints_ > 0 || has_turned_ || io_->has_failed()) return false;
  if (index_entries() != opened_entries_) return false;
  const auto index_bytes = opened_entries_ * static_cast<int64_t>(sizeof(AVIndexEntry));
  return index_bytes <= info_.size && bytes() <= kMostKeptBytes;
}

bool Demuxer::resume(ByteSource& source, const Limits& limits, const Cancellation& cancellation) {
  lease_ = {&source, &cancellation};
  check_size(limits);
  check_streams(*format_, limits);
  io_->get()->rewound = 0;
  if (!io_->go_on() || (first_ && !rewind())) return false;
  LogScope::append(messages_);
  return true;
}

// To the first packet. That it is the one that came first after opening, to the last bit, also tells of a file that
// was written to meanwhile.
bool Demuxer::rewind() {
  std::vector<std::string> messages;
  const LogScope scope(messages);
  PacketHandle packet = make_packet();
  Damage damage;
  if (!seek(kBeforeAll) || !read(*packet, damage) || !messages.empty() || !is_same(*packet, *first_)) return false;
  unread(std::move(packet));
  return true;
}

bool Demuxer::is_mov() const { return std::string_view(format_->iformat->name).starts_with("mov,"); }

bool Demuxer::times_every_frame() const {
  if (is_mov()) return !is_fragmented_;
  const std::string_view container(format_->iformat->name);
  if (stream_->codecpar->codec_id == AV_CODEC_ID_FLAC) return container == "flac";
  return bytes_per_frame() > 0 && is_listed(container, kTimedPcm);
}

bool Demuxer::is_one_flac() {
  const AVCodecParameters& parameters = *stream_->codecpar;
  const std::span stream_info(parameters.extradata, static_cast<size_t>(std::max(0, parameters.extradata_size)));
  const bool is_one = is_one_flac_stream(*lease_.source, stream_info);
  return io_->go_on() && is_one;
}

bool Demuxer::states_its_end() const {
  return stream_->duration != AV_NOPTS_VALUE && format_->duration_estimation_method == AVFMT_DURATION_FROM_STREAM &&
         is_listed(format_->iformat->name, kContainersWithLength);
}

bool Demuxer::states_exact_length() const {
  const AVCodecDescriptor* codec = avcodec_descriptor_get(stream_->codecpar->codec_id);
  const bool lossless =
      codec != nullptr && (codec->props & AV_CODEC_PROP_LOSSLESS) != 0 && (codec->props & AV_CODEC_PROP_LOSSY) == 0;
  const std::string_view container(format_->iformat->name);
  return lossless && states_its_end() && container != "caf" && container != "dsf";
}

double Demuxer::bytes_per_frame() const {
  const AVCodecParameters& parameters = *stream_->codecpar;
  const int bits = av_get_exact_bits_per_sample(parameters.codec_id);
  return static_cast<double>(bits) * parameters.ch_layout.nb_channels / 8;
}

}  // namespace cochlea
