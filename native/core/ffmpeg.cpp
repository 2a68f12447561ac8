#include "core/ffmpeg.h"

#include <soxr.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>

#include "core/error.h"

namespace cochlea {

namespace {

thread_local std::vector<std::string>* current_log = nullptr;

// See Note [Damage that only the log tells].
void count_error(void* context) {
  if (context == nullptr || *static_cast<const AVClass* const*>(context) != avformat_get_class()) return;
  auto* count = static_cast<int64_t*>(static_cast<AVFormatContext*>(context)->opaque);
  if (count != nullptr) ++*count;
}

void collect_line(void* context, int level, const char* format, va_list arguments) {
  std::array<char, 512> line{};
  int print_prefix = 1;
  av_log_format_line2(context, level, format, arguments, line.data(), static_cast<int>(line.size()), &print_prefix);
  std::string text(line.data());
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  // "[mov,mp4 @ 0x55d0c0ffee00] text": the address means nothing to a user.
  const auto at = text.find(" @ 0x");
  const auto bracket = text.find("] ", at == std::string::npos ? 0 : at);
  if (at != std::string::npos && bracket != std::string::npos) text.erase(at, bracket - at);
  if (!text.empty()) current_log->push_back(std::move(text));
}

// Runs on any thread that FFmpeg logs from. FFmpeg traces each of an MP4's hundred thousands of packets: that costs
// a comparison, not the frame of what makes a line. FFmpeg is C: nothing is thrown through it.
void collect_log(void* context, int level, const char* format, va_list arguments) noexcept {
  if (level > AV_LOG_WARNING) return;
  if (level <= AV_LOG_ERROR) count_error(context);
  if (current_log == nullptr || current_log->size() >= LogScope::kMaxLines) return;
  try {
    collect_line(context, level, format, arguments);
  } catch (const std::bad_alloc&) {
    // One line less: what lacks memory for it says so by itself.
  }
}

// The most that FFmpeg allocates at once. An index of a ten-hour file takes some tens of megabytes; a
// header of six kilobytes can ask for gigabytes.
constexpr size_t kMaxAllocation = size_t{256} << 20;

std::string version_text(unsigned version) {
  return std::to_string(AV_VERSION_MAJOR(version)) + "." + std::to_string(AV_VERSION_MINOR(version)) + "." +
         std::to_string(AV_VERSION_MICRO(version));
}

}  // namespace

FrameHandle make_frame() {
  FrameHandle frame(av_frame_alloc());
  if (!frame) throw AudioError(ErrorCode::kInternal, "out of memory");
  return frame;
}

PacketHandle make_packet() {
  PacketHandle packet(av_packet_alloc());
  if (!packet) throw AudioError(ErrorCode::kInternal, "out of memory");
  return packet;
}

bool is_same(const AVPacket& one, const AVPacket& other) {
  const auto is_same_side_data = [](const AVPacketSideData& mine, const AVPacketSideData& others) {
    return mine.type == others.type &&
           std::equal(mine.data, mine.data + mine.size, others.data, others.data + others.size);
  };
  return one.pts == other.pts && one.dts == other.dts && one.duration == other.duration && one.pos == other.pos &&
         one.flags == other.flags && std::equal(one.data, one.data + one.size, other.data, other.data + other.size) &&
         std::equal(one.side_data, one.side_data + one.side_data_elems, other.side_data,
                    other.side_data + other.side_data_elems, is_same_side_data);
}

void Options::set(const char* key, const std::string& value) {
  if (av_dict_set(&dictionary_, key, value.c_str(), 0) < 0) throw AudioError(ErrorCode::kInternal, "out of memory");
}

ChannelLayout ChannelLayout::labelled(const AVChannelLayout& layout) {
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC) return for_channels(layout.nb_channels);
  ChannelLayout result;
  if (av_channel_layout_copy(&result.layout_, &layout) < 0) throw AudioError(ErrorCode::kInternal, "out of memory");
  return result;
}

ChannelLayout ChannelLayout::for_channels(int channels) {
  ChannelLayout result;
  av_channel_layout_default(&result.layout_, channels);
  return result;
}

ChannelLayout::ChannelLayout(const ChannelLayout& other) { *this = other; }

ChannelLayout& ChannelLayout::operator=(const ChannelLayout& other) {
  if (this != &other && av_channel_layout_copy(&layout_, &other.layout_) < 0) {
    throw AudioError(ErrorCode::kInternal, "out of memory");
  }
  return *this;
}

std::string ChannelLayout::describe() const {
  std::array<char, 128> text{};
  if (av_channel_layout_describe(&layout_, text.data(), text.size()) < 0) return "unknown";
  return text.data();
}

std::string error_text(int ffmpeg_error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  if (av_strerror(ffmpeg_error, text.data(), text.size()) < 0) return "error " + std::to_string(ffmpeg_error);
  return text.data();
}

LogScope::LogScope(std::vector<std::string>& lines) : previous_(current_log) { current_log = &lines; }

LogScope::~LogScope() { current_log = previous_; }

void LogScope::append(const std::vector<std::string>& lines) {
  if (current_log == nullptr) return;
  for (const std::string& line : lines) {
    if (current_log->size() < kMaxLines) current_log->push_back(line);
  }
}

void initialize_ffmpeg() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_callback(collect_log);
    av_max_alloc(kMaxAllocation);
  });
}

Versions versions() {
  Versions result;
  result.ffmpeg = std::string(av_version_info()) + " (libavcodec " + version_text(avcodec_version()) +
                  ", libavformat " + version_text(avformat_version()) + ")";
  result.ffmpeg_license = avcodec_license();
  result.soxr = soxr_version();
  soxr_error_t error = nullptr;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const std::unique_ptr<soxr, decltype(&soxr_delete)> probe(soxr_create(2, 1, 1, &error, &io, &quality, nullptr),
                                                            soxr_delete);
  result.soxr_engine = error ? error : soxr_engine(probe.get());
  return result;
}

}  // namespace cochlea
