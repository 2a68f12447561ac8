#include "core/encoding/encoded_file.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/error.h"

namespace cochlea {

namespace {

// Of PCM, which takes any: small enough to stay in cache and to be cancelled between two.
constexpr size_t kPcmBlockFrames = 4096;
// Of WAV, with all its chunks.
constexpr size_t kHeaderBytes = 256;
// The most that FFmpeg takes for libopus. MP3 has less, and AAC's encoder finds its own limit.
constexpr int64_t kMaxChannelBitRate = 256'000;
// Of a page of Ogg in a stream. Two of them pass before the first one leaves, and each costs about 30 bytes: 4 kbit/s.
constexpr int kPageMicroseconds = 60'000;

// The size of a whole WAV file, or nothing when it is not known.
std::optional<size_t> wav_bytes(const EncodeOptions& options) {
  if (options.format != OutputFormat::kWav || !options.frames) return std::nullopt;
  const auto frame_bytes = static_cast<size_t>(options.channels * options.bits / 8);
  return kHeaderBytes + *options.frames * frame_bytes;
}

}  // namespace

EncodedFile::EncodedFile(const EncodeOptions& options)
    : output_(options.frames.has_value(), options.max_bytes), kind_(output_codec(options)), packet_(make_packet()) {
  if (const auto bytes = wav_bytes(options)) output_.reserve(*bytes);
  open_codec(options);
  open_muxer(options);
}

// Bit-exact, here and in the muxer: the same samples make the same bytes, without the version of FFmpeg in them.
void EncodedFile::open_codec(const EncodeOptions& options) {
  const AVCodec* codec = avcodec_find_encoder_by_name(kind_.encoder);
  codec_.reset(codec ? avcodec_alloc_context3(codec) : nullptr);
  if (!codec_) throw AudioError(ErrorCode::kInternal, std::string("no encoder ") + kind_.encoder);
  codec_->sample_rate = nearest_rate(codec, options.sample_rate);
  codec_->sample_fmt = kind_.sample_format;
  codec_->time_base = {1, codec_->sample_rate};
  codec_->flags |= AV_CODEC_FLAG_BITEXACT;
  codec_->thread_count = 1;
  if (kind_.is_lossy) {
    codec_->bit_rate = std::min(options.bit_rate, kMaxChannelBitRate * options.channels);
    // Mono or stereo: what two channels are decides how they are joined.
    av_channel_layout_default(&codec_->ch_layout, options.channels);
  } else {
    codec_->bits_per_raw_sample = options.bits;
    codec_->ch_layout.order = AV_CHANNEL_ORDER_UNSPEC;
    codec_->ch_layout.nb_channels = options.channels;
  }
  check(avcodec_open2(codec_.get(), codec, nullptr), "the encoder does not open");
}

void EncodedFile::open_muxer(const EncodeOptions& options) {
  AVFormatContext* format = nullptr;
  check(avformat_alloc_output_context2(&format, nullptr, kind_.muxer, nullptr), "the muxer does not open");
  format_.reset(format);
  format_->pb = output_.get();
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  // Room for tags that nobody will write: 8 KiB in each FLAC file.
  format_->metadata_header_padding = 0;
  AVStream* stream = avformat_new_stream(format_.get(), nullptr);
  if (stream == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory");
  stream->time_base = codec_->time_base;
  check(avcodec_parameters_from_context(stream->codecpar, codec_.get()), "the muxer does not open");
  Options muxer;
  const auto bytes = wav_bytes(options);
  if (bytes && *bytes > UINT32_MAX) muxer.set("rf64", "always");
  // A tag without tags in it.
  if (options.format == OutputFormat::kMp3) muxer.set("id3v2_version", "0");
  if (options.format == OutputFormat::kOpus && !options.frames) {
    muxer.set("page_duration", std::to_string(kPageMicroseconds));
  }
  check(avformat_write_header(format_.get(), muxer.address()), "the header cannot be written");
}

size_t EncodedFile::block_frames() const {
  return takes_any_block() ? kPcmBlockFrames : static_cast<size_t>(codec_->frame_size);
}

// A new one each time: encoders may keep the last.
FrameHandle EncodedFile::make_block() const {
  FrameHandle block = make_frame();
  block->format = codec_->sample_fmt;
  block->sample_rate = codec_->sample_rate;
  block->nb_samples = static_cast<int>(block_frames());
  check(av_channel_layout_copy(&block->ch_layout, &codec_->ch_layout), "no block");
  check(av_frame_get_buffer(block.get(), 0), "no block");
  return block;
}

void EncodedFile::write(const AVFrame& block) { send(&block); }

void EncodedFile::finish() {
  send(nullptr);
  check(av_write_trailer(format_.get()), "the end of the file cannot be written");
  flush();
}

// Hands over what FFmpeg still holds back.
void EncodedFile::flush() {
  avio_flush(output_.get());
  check(output_.get()->error, "the file cannot be written");
}

void EncodedFile::check(int result, const char* what) const {
  if (result >= 0) return;
  output_.check();
  throw AudioError(ErrorCode::kInternal, std::string(what) + ": " + error_text(result));
}

// A null frame drains the encoder; FLAC's last packet carries the completed header instead of samples.
void EncodedFile::send(const AVFrame* frame) {
  check(avcodec_send_frame(codec_.get(), frame), "the encoder fails");
  while (true) {
    const int result = avcodec_receive_packet(codec_.get(), packet_.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    check(result, "the encoder fails");
    packet_->stream_index = 0;
    // Ogg counts Opus in 48 kHz, whatever its rate.
    av_packet_rescale_ts(packet_.get(), codec_->time_base, format_->streams[0]->time_base);
    check(av_write_frame(format_.get(), packet_.get()), "the file cannot be written");
    av_packet_unref(packet_.get());
  }
}

}  // namespace cochlea
