#include "core/decoding/codec.h"

#include <cochlea/aac_state.h>

#include <string_view>
#include <utility>

#include "core/decoding/open_codec.h"
#include "core/demuxing/packet_reader.h"
#include "core/demuxing/protection.h"
#include "core/error.h"

namespace cochlea {

CodecSetup::CodecSetup(const Demuxer& demuxer)
    : codec_(demuxer.codec()), parameters_(avcodec_parameters_alloc()), time_base_(demuxer.stream().time_base) {
  refuse_unreadable(demuxer.stream());
  if (!parameters_ || avcodec_parameters_copy(parameters_.get(), demuxer.stream().codecpar) < 0) {
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
}

Codec::Codec(const CodecSetup& setup) {
  if (setup.codec_.id == AV_CODEC_ID_OPUS) {
    opus_ = std::make_unique<OpusDecoders>(*setup.parameters_, setup.time_base_);
    context_ = opus_->first();
  } else {
    context_ = open_codec(setup.codec_, *setup.parameters_, setup.time_base_);
  }
}

const char* Codec::send(const SourcePacket& source) {
  const char* complaint = source.cut_short ? "a packet that is cut short" : nullptr;
  if (opus_ && source.packet) {
    if (CodecHandle next = opus_->before(*source.packet, complaint)) context_ = std::move(next);
  }
  const int result = avcodec_send_packet(context_.get(), source.packet.get());
  if (result == AVERROR(ENOMEM)) throw AudioError(ErrorCode::kInternal, "out of memory");
  if (!source.packet) return nullptr;
  if (result < 0 && result != AVERROR_EOF) return "a packet that does not decode";
  return complaint;
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
