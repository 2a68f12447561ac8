#include "core/seeking/beginning.h"

#include "core/demuxing/packet_reader.h"
#include "core/error.h"

namespace cochlea {

Beginning::Beginning(const Demuxer& demuxer)
    : codec_(CodecSetup(demuxer)), time_base_(demuxer.stream().time_base), frame_(make_frame()) {}

bool Beginning::take(const AVPacket& packet) {
  // What is said here is said again by the stream's own decoder.
  std::vector<std::string> dropped;
  const LogScope scope(dropped);
  SourcePacket source;
  source.packet.reset(av_packet_clone(&packet));
  if (!source.packet) throw AudioError(ErrorCode::kInternal, "out of memory");
  if (codec_.send(source) != nullptr) return false;
  const char* complaint = nullptr;
  while (codec_.receive(*frame_, complaint) == Codec::Answer::kFrame) {
    if (complaint != nullptr) return false;
    if (frames_ == 0) first_ = frame_->pts;
    const AVRational rate{1, frame_->sample_rate};
    is_steady_ = is_steady_ && frame_->pts != AV_NOPTS_VALUE &&
                 av_compare_ts(frame_->pts - first_, time_base_, samples_, rate) == 0;
    samples_ += frame_->nb_samples;
    ++frames_;
    av_frame_unref(frame_.get());
  }
  return complaint == nullptr;
}

std::optional<int64_t> Beginning::timestamp() const {
  if (frames_ == 0 || !is_steady_ || first_ == AV_NOPTS_VALUE) return std::nullopt;
  return first_;
}

}  // namespace cochlea
