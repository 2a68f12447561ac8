#include "core/encoding/encoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/encoding/quantise.h"
#include "core/error.h"

namespace cochlea {

namespace {

// Of PCM, which takes any: small enough to stay in cache and to be cancelled between two.
constexpr size_t kPcmBlockFrames = 4096;
// Of WAV, with all its chunks.
constexpr size_t kHeaderBytes = 256;

const char* encoder_name(const EncodeOptions& options) {
  if (options.format == OutputFormat::kFlac) return "flac";
  if (options.bits == 16) return "pcm_s16le";
  return options.bits == 24 ? "pcm_s24le" : "pcm_f32le";
}

// The size of a whole WAV file, or nothing when it is not known.
std::optional<size_t> wav_bytes(const EncodeOptions& options) {
  if (options.format != OutputFormat::kWav || !options.frames) return std::nullopt;
  const auto frame_bytes = static_cast<size_t>(options.channels * options.bits / 8);
  return kHeaderBytes + *options.frames * frame_bytes;
}

}  // namespace

Encoder::Encoder(const EncodeOptions& options)
    : output_(options.frames.has_value(), options.max_bytes), packet_(make_packet()) {
  if (const auto bytes = wav_bytes(options)) output_.reserve(*bytes);
  open_codec(options);
  open_file(options);
}

Encoder::~Encoder() = default;

void Encoder::open_codec(const EncodeOptions& options) {
  const AVCodec* codec = avcodec_find_encoder_by_name(encoder_name(options));
  codec_.reset(codec ? avcodec_alloc_context3(codec) : nullptr);
  if (!codec_) throw AudioError(ErrorCode::kInternal, std::string("no encoder ") + encoder_name(options));
  codec_->sample_rate = options.sample_rate;
  codec_->sample_fmt = sample_format(options.bits);
  codec_->bits_per_raw_sample = options.bits;
  codec_->time_base = {1, options.sample_rate};
  codec_->ch_layout.order = AV_CHANNEL_ORDER_UNSPEC;
  codec_->ch_layout.nb_channels = options.channels;
  codec_->thread_count = 1;
  check(avcodec_open2(codec_.get(), codec, nullptr), "the encoder does not open");
  block_frames_ = codec_->frame_size > 0 ? static_cast<size_t>(codec_->frame_size) : kPcmBlockFrames;
}

void Encoder::open_file(const EncodeOptions& options) {
  AVFormatContext* format = nullptr;
  const char* name = options.format == OutputFormat::kFlac ? "flac" : "wav";
  check(avformat_alloc_output_context2(&format, nullptr, name, nullptr), "the muxer does not open");
  format_.reset(format);
  format_->pb = output_.get();
  // Bit-exact: the same samples make the same bytes, without the version of FFmpeg in them.
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  // Room for tags that nobody will write: 8 KiB in each FLAC file.
  format_->metadata_header_padding = 0;
  AVStream* stream = avformat_new_stream(format_.get(), nullptr);
  if (stream == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory");
  // Both muxers keep this: no timestamp needs converting.
  stream->time_base = codec_->time_base;
  check(avcodec_parameters_from_context(stream->codecpar, codec_.get()), "the muxer does not open");
  Options muxer;
  const auto bytes = wav_bytes(options);
  if (bytes && *bytes > UINT32_MAX) muxer.set("rf64", "always");
  check(avformat_write_header(format_.get(), muxer.address()), "the header cannot be written");
}

void Encoder::push(std::span<const float> samples, const Cancellation& cancellation) {
  const size_t frames = samples.size() / static_cast<size_t>(codec_->ch_layout.nb_channels);
  for (size_t done = 0; done < frames;) {
    cancellation.check();
    if (!block_) begin_block();
    const size_t count = std::min(frames - done, block_frames_ - filled_);
    fill_block(samples, done, count);
    done += count;
    if (filled_ == block_frames_) encode_block();
  }
  // A FLAC block has its full size, unless it is the last; PCM can go at once.
  if (codec_->frame_size == 0 && block_) encode_block();
  flush();
}

void Encoder::finish(const Cancellation& cancellation) {
  cancellation.check();
  if (block_) encode_block();
  if (frames_ == 0) throw AudioError(ErrorCode::kEmpty, "there is no sample to encode");
  send(nullptr);
  check(av_write_trailer(format_.get()), "the end of the file cannot be written");
  flush();
}

// A new one each time: encoders may keep the last.
void Encoder::begin_block() {
  block_ = make_frame();
  block_->format = codec_->sample_fmt;
  block_->sample_rate = codec_->sample_rate;
  block_->nb_samples = static_cast<int>(block_frames_);
  check(av_channel_layout_copy(&block_->ch_layout, &codec_->ch_layout), "no block");
  check(av_frame_get_buffer(block_.get(), 0), "no block");
  filled_ = 0;
}

void Encoder::fill_block(std::span<const float> samples, size_t start, size_t count) {
  const auto channels = static_cast<size_t>(codec_->ch_layout.nb_channels);
  const auto sample_bytes = static_cast<size_t>(av_get_bytes_per_sample(codec_->sample_fmt));
  for (size_t channel = 0; channel < channels; ++channel) {
    const auto plane = samples.subspan(channel * (samples.size() / channels) + start, count);
    uint8_t* const to = block_->data[0] + (filled_ * channels + channel) * sample_bytes;
    const Quantised result = quantise(plane, codec_->bits_per_raw_sample, to, channels);
    if (!result.finite) {
      const auto at = std::find_if_not(plane.begin(), plane.end(), [](float sample) { return std::isfinite(sample); });
      const uint64_t frame = frames_ + filled_ + static_cast<uint64_t>(at - plane.begin());
      throw AudioError(ErrorCode::kNonFinite, "frame " + std::to_string(frame) + " of channel " +
                                                  std::to_string(channel) + " is " +
                                                  (std::isnan(*at) ? "NaN" : "infinite"));
    }
    clipped_ += result.clipped;
  }
  filled_ += count;
}

void Encoder::encode_block() {
  block_->nb_samples = static_cast<int>(filled_);
  block_->pts = static_cast<int64_t>(frames_);
  send(block_.get());
  frames_ += filled_;
  block_.reset();
}

// Hands over what FFmpeg still holds back.
void Encoder::flush() {
  avio_flush(output_.get());
  check(output_.get()->error, "the file cannot be written");
}

void Encoder::check(int result, const char* what) const {
  if (result >= 0) return;
  output_.check();
  throw AudioError(ErrorCode::kInternal, std::string(what) + ": " + error_text(result));
}

// A null frame drains the encoder; FLAC's last packet carries the completed header instead of samples.
void Encoder::send(const AVFrame* frame) {
  check(avcodec_send_frame(codec_.get(), frame), "the encoder fails");
  while (true) {
    const int result = avcodec_receive_packet(codec_.get(), packet_.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    check(result, "the encoder fails");
    packet_->stream_index = 0;
    check(av_write_frame(format_.get(), packet_.get()), "the file cannot be written");
    av_packet_unref(packet_.get());
  }
}

}  // namespace cochlea
