#include "core/demuxing/demuxer.h"

#include <algorithm>
#include <span>

#include "core/demuxing/flac_frames.h"
#include "core/demuxing/open_format.h"
#include "core/demuxing/protection.h"
#include "core/error.h"

namespace cochlea {

bool Demuxer::seek(int64_t timestamp) {
  unread_.clear();
  const int index = container_.stream().index;
  const int result = avformat_seek_file(&container_.format(), index, INT64_MIN, timestamp, timestamp, 0);
  container_.lease().cancellation->check();
  return result >= 0;
}

bool Demuxer::seek(const Checkpoint& checkpoint) {
  const int added =
      av_add_index_entry(&container_.stream(), checkpoint.position, checkpoint.timestamp, 0, 0, AVINDEX_KEYFRAME);
  return added >= 0 && seek(checkpoint.timestamp);
}

bool Demuxer::read(AVPacket& packet, Damage& damage) {
  if (!unread_.empty()) {
    av_packet_move_ref(&packet, unread_.front().get());
    unread_.pop_front();
    return true;
  }
  const IoContext& io = container_.io();
  while (true) {
    const int result = av_read_frame(&container_.format(), &packet);
    container_.lease().cancellation->check();
    // Streams of a TS or MPEG program stream come up on the way.
    if (io.get()->error == AVERROR(EMFILE)) check_bounds(io);
    if (result < 0) {
      // FFmpeg turns some read errors into an end of file: the source knows better.
      io.check();
      if (result != AVERROR_EOF) damage.truncated = true;
      return false;
    }
    if (packet.stream_index == stream().index) {
      // Later fragments of an MP4, or packets of a broadcast, may be encrypted although the first were not.
      if (is_encrypted(packet) || is_encrypted(stream())) refuse_encrypted(stream());
      remember(packet);
      return true;
    }
    av_packet_unref(&packet);
  }
}

void Demuxer::remember(const AVPacket& packet) {
  if (!facts().is_mov()) return;
  if (av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr) has_turned_ = true;
  if (first_) return;
  first_.reset(av_packet_clone(&packet));
  if (!first_) throw AudioError(ErrorCode::kInternal, "out of memory");
}

bool Demuxer::is_one_flac() {
  const AVCodecParameters& parameters = *stream().codecpar;
  const std::span stream_info(parameters.extradata, static_cast<size_t>(std::max(0, parameters.extradata_size)));
  const bool is_one = is_one_flac_stream(*container_.lease().source, stream_info);
  return container_.io().go_on() && is_one;
}

}  // namespace cochlea
