#include "core/codec.h"

#include <cochlea/aac_state.h>

#include <string>
#include <string_view>

#include "allow_list.h"
#include "core/error.h"
#include "core/packet_reader.h"

namespace cochlea {

namespace {

// A checksum that does not hold is damage. It costs FLAC 1 to 2 % of its decode; MP3's covers the side information only,
// and is often wrong.
bool has_checksums(AVCodecID codec) {
  return codec == AV_CODEC_ID_FLAC || codec == AV_CODEC_ID_WAVPACK || codec == AV_CODEC_ID_TTA ||
         codec == AV_CODEC_ID_AC3 || codec == AV_CODEC_ID_EAC3;
}

// Above the largest frame of any codec here (Monkey's Audio and True Audio: about a second); a header
// that asks for more is lying.
constexpr int64_t kMaxFrameSamples = 1 << 22;

}  // namespace

CodecSetup::CodecSetup(const Demuxer& demuxer)
    : codec_(demuxer.codec()), parameters_(avcodec_parameters_alloc()), time_base_(demuxer.stream().time_base) {
  if (!parameters_ || avcodec_parameters_copy(parameters_.get(), demuxer.stream().codecpar) < 0) {
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
}

Codec::Codec(const CodecSetup& setup) : context_(avcodec_alloc_context3(&setup.codec_)) {
  if (!context_) throw AudioError(ErrorCode::kInternal, "out of memory");
  int result = avcodec_parameters_to_context(context_.get(), setup.parameters_.get());
  if (result >= 0) {
    context_->pkt_timebase = setup.time_base_;
    context_->thread_count = 1;
    context_->max_samples = kMaxFrameSamples;
    if (has_checksums(setup.codec_.id)) context_->err_recognition |= AV_EF_CRCCHECK;
    context_->codec_whitelist = av_strdup(kAllowedDecoders);
    if (context_->codec_whitelist == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory");
    result = avcodec_open2(context_.get(), &setup.codec_, nullptr);
  }
  const std::string name = avcodec_get_name(setup.codec_.id);
  if (result == AVERROR_PATCHWELCOME || result == AVERROR(ENOSYS)) {
    throw AudioError(ErrorCode::kUnsupportedCodec, "a variant of " + name + " that FFmpeg does not decode");
  }
  if (result < 0) {
    throw AudioError(ErrorCode::kCorrupt, "the " + name + " header cannot be used: " + error_text(result));
  }
}

const char* Codec::send(const SourcePacket& source) {
  const int result = avcodec_send_packet(context_.get(), source.packet.get());
  if (result == AVERROR(ENOMEM)) throw AudioError(ErrorCode::kInternal, "out of memory");
  if (!source.packet) return nullptr;
  if (result < 0 && result != AVERROR_EOF) return "a packet that does not decode";
  return source.cut_short ? "a packet that is cut short" : nullptr;
}

Codec::Answer Codec::receive(AVFrame& frame, const char*& complaint) {
  complaint = nullptr;
  while (true) {
    const int result = avcodec_receive_frame(context_.get(), &frame);
    if (result == 0) {
      if (frame.nb_samples <= 0) continue;
      if ((frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0) complaint = "a damaged frame";
      return Answer::kFrame;
    }
    if (result == AVERROR_EOF) return Answer::kEnd;
    if (result == AVERROR(ENOMEM)) throw AudioError(ErrorCode::kInternal, "out of memory");
    if (result != AVERROR(EAGAIN)) complaint = "a packet that does not decode";
    return Answer::kNeedsPacket;
  }
}

int32_t Codec::noise_state() const {
  Memory words{};
  if (std::string_view(context_->codec->name) == "aac") cochlea_aac_state(context_.get(), words.data());
  return words[0];
}

std::optional<Codec::Memory> Codec::memory() const {
  Memory words{};
  static_assert(std::tuple_size_v<Memory> == COCHLEA_AAC_STATE_WORDS);
  if (std::string_view(context_->codec->name) != "aac") return words;
  if (cochlea_aac_state(context_.get(), words.data()) == 0) return std::nullopt;
  return words;
}

}  // namespace cochlea
