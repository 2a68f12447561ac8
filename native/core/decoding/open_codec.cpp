#include "core/decoding/open_codec.h"

#include <string>

#include "allow_list.h"
#include "core/error.h"

namespace cochlea {

namespace {

// A checksum that does not hold is damage. To look at them costs FLAC some 3 % of a decode, AC-3 as much, the others
// less. MP3's covers the side information only, and is often wrong.
bool has_checksums(AVCodecID codec) {
  return codec == AV_CODEC_ID_FLAC || codec == AV_CODEC_ID_WAVPACK || codec == AV_CODEC_ID_TTA ||
         codec == AV_CODEC_ID_AC3 || codec == AV_CODEC_ID_EAC3;
}

// Above the largest frame of any codec here (Monkey's Audio and True Audio: about a second); a header
// that asks for more is lying.
constexpr int64_t kMaxFrameSamples = 1 << 22;

}  // namespace

CodecHandle open_codec(const AVCodec& codec, const AVCodecParameters& parameters, AVRational time_base) {
  CodecHandle context(avcodec_alloc_context3(&codec));
  if (!context) throw AudioError(ErrorCode::kInternal, "out of memory");
  int result = avcodec_parameters_to_context(context.get(), &parameters);
  if (result >= 0) {
    context->pkt_timebase = time_base;
    context->thread_count = 1;
    context->max_samples = kMaxFrameSamples;
    if (has_checksums(codec.id)) context->err_recognition |= AV_EF_CRCCHECK;
    // libopus would round to 16 bits.
    context->request_sample_fmt = AV_SAMPLE_FMT_FLT;
    context->codec_whitelist = av_strdup(kAllowedDecoders);
    if (context->codec_whitelist == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory");
    result = avcodec_open2(context.get(), &codec, nullptr);
  }
  const std::string name = avcodec_get_name(codec.id);
  if (result == AVERROR_PATCHWELCOME || result == AVERROR(ENOSYS)) {
    throw AudioError(ErrorCode::kUnsupportedCodec, "a variant of " + name + " that FFmpeg does not decode");
  }
  if (result < 0) {
    throw AudioError(ErrorCode::kCorrupt, "the " + name + " header cannot be used: " + error_text(result));
  }
  return context;
}

}  // namespace cochlea
