#include "core/decoding/opus_decoders.h"

#include <libavutil/intreadwrite.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/decoding/open_codec.h"
#include "core/decoding/opus_packet.h"
#include "core/error.h"

namespace cochlea {

namespace {

// A second: see Note [Two Opus decoders].
constexpr int kPrerollSamples = 48'000;
// In OpusHead (RFC 7845, section 5.1).
constexpr int kPreSkipAt = 10;
constexpr int kFamilyAt = 18;
constexpr int kHeadSize = 19;
constexpr size_t kSkipSize = 10;

bool has_skip(const AVPacket& packet) {
  size_t size = 0;
  const uint8_t* data = av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
  return data != nullptr && size >= kSkipSize;
}

// Without it, libopus would drop the pre-skip anew.
void set_skip(AVPacket& packet, int64_t samples) {
  uint8_t* data = av_packet_new_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, kSkipSize);
  if (data == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory");
  std::fill_n(data, kSkipSize, uint8_t{0});
  AV_WL32(data, static_cast<uint32_t>(samples));
}

PacketHandle packet_of(const std::vector<uint8_t>& bytes) {
  PacketHandle packet = make_packet();
  if (av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0) {
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
  std::copy(bytes.begin(), bytes.end(), packet->data);
  return packet;
}

OpusPacket look_at(const AVPacket& packet) {
  return OpusPacket::of({packet.data, static_cast<size_t>(std::max(packet.size, 0))});
}

}  // namespace

OpusDecoders::OpusDecoders(const AVCodecParameters& parameters, AVRational time_base)
    : parameters_(avcodec_parameters_alloc()), time_base_(time_base) {
  if (!parameters_ || avcodec_parameters_copy(parameters_.get(), &parameters) < 0) {
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
}

// Families 1 and 255; FFmpeg's libopus has no layouts for ambisonics.
bool OpusDecoders::is_for_libopus() const {
  if (parameters_->extradata_size < kHeadSize) return false;
  const uint8_t family = parameters_->extradata[kFamilyAt];
  return family == 1 || family == 255;
}

CodecHandle OpusDecoders::open(bool libopus) const {
  const AVCodec* codec = avcodec_find_decoder_by_name(libopus ? "libopus" : "opus");
  if (codec == nullptr) throw AudioError(ErrorCode::kInternal, "a decoder for Opus is not part of this build");
  return open_codec(*codec, *parameters_, time_base_);
}

CodecHandle OpusDecoders::first() {
  has_libopus_ = is_fresh_ = is_for_libopus();
  past_.clear();
  past_samples_ = 0;
  // What a decoder drops unless a packet says otherwise.
  skip_ = parameters_->extradata_size >= kHeadSize ? AV_RL16(parameters_->extradata + kPreSkipAt) : 0;
  return open(has_libopus_);
}

CodecHandle OpusDecoders::before(AVPacket& packet, const char*& complaint) {
  CodecHandle next;
  if (av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr) {
    next = next_link(packet);
    if (!next) complaint = "a header that cannot be used";
  }
  const OpusPacket opus = look_at(packet);
  if (!has_libopus_ && (opus.has_silk || opus.is_silent)) next = take_over();
  if (is_fresh_) {
    if (!has_skip(packet)) set_skip(packet, skip_);
    is_fresh_ = false;
  }
  count(packet);
  skip_ = std::max<int64_t>(0, skip_ - opus.samples);
  if (!has_libopus_) remember(packet, opus.samples);
  return next;
}

// A decoder for the next link of a chain, which has gain, channels and pre-skip of its own; null if there is none.
CodecHandle OpusDecoders::next_link(const AVPacket& packet) {
  size_t size = 0;
  const uint8_t* head = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  OpusDecoders link(*parameters_, time_base_);
  AVCodecParameters& parameters = *link.parameters_;
  av_freep(&parameters.extradata);
  parameters.extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) throw AudioError(ErrorCode::kInternal, "out of memory");
  std::memcpy(parameters.extradata, head, size);
  parameters.extradata_size = static_cast<int>(size);
  try {
    CodecHandle codec = link.first();
    *this = std::move(link);
    return codec;
  } catch (const AudioError& error) {
    if (error.code() == ErrorCode::kInternal) throw;
    return nullptr;
  }
}

CodecHandle OpusDecoders::take_over() {
  // What is wrong with these packets was said when they were decoded.
  std::vector<std::string> dropped;
  const LogScope scope(dropped);
  CodecHandle libopus = open(true);
  const FrameHandle frame = make_frame();
  for (size_t i = 0; i < past_.size(); ++i) {
    const PacketHandle packet = packet_of(past_[i].bytes);
    if (i == 0) set_skip(*packet, 0);
    if (avcodec_send_packet(libopus.get(), packet.get()) < 0) continue;
    while (avcodec_receive_frame(libopus.get(), frame.get()) == 0) av_frame_unref(frame.get());
  }
  has_libopus_ = is_fresh_ = true;
  past_.clear();
  return libopus;
}

void OpusDecoders::count(const AVPacket& packet) {
  if (has_skip(packet)) skip_ = AV_RL32(av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, nullptr));
}

void OpusDecoders::remember(const AVPacket& packet, int samples) {
  // Bytes, in memory that is used again: holding on to the packets themselves took 2 % of the decode.
  Past next;
  while (!past_.empty() && past_samples_ - past_.front().samples + samples >= kPrerollSamples) {
    past_samples_ -= past_.front().samples;
    next.bytes.swap(past_.front().bytes);
    past_.pop_front();
  }
  next.bytes.assign(packet.data, packet.data + packet.size);
  next.samples = samples;
  past_samples_ += samples;
  past_.push_back(std::move(next));
}

}  // namespace cochlea
