#include "core/demuxing/recognise.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "allow_list.h"
#include "core/demuxing/id3.h"
#include "core/demuxing/isobmff.h"
#include "core/demuxing/matroska.h"
#include "core/demuxing/multipart.h"
#include "core/demuxing/riff.h"
#include "core/error.h"

namespace cochlea {

namespace {

constexpr int kFormatProbeBytes = 1 << 20;

// As many bytes as there are, up to those that `to` holds.
int read_some(ByteSource& source, int64_t position, std::span<uint8_t> to) {
  size_t count = 0;
  if (!source.seek(position)) return 0;
  while (count < to.size()) {
    const int more = source.read(to.subspan(count));
    if (more <= 0) break;
    count += static_cast<size_t>(more);
  }
  return static_cast<int>(count);
}

// What the bytes at a position look like, or null. Leaves the source at its start.
const AVInputFormat* probe_at(ByteSource& source, int64_t position) {
  std::vector<uint8_t> bytes(static_cast<size_t>(kFormatProbeBytes) + AVPROBE_PADDING_SIZE);
  const int count = read_some(source, position, std::span(bytes).first(kFormatProbeBytes));
  source.seek(0);
  if (count <= 0) return nullptr;
  std::fill(bytes.begin() + count, bytes.end(), uint8_t{0});
  const AVProbeData data{"", bytes.data(), count, nullptr};
  return av_probe_input_format(&data, 1);
}

// FFmpeg waits for 2 KiB before it looks at what a source is: half a second of Opus, an eighth of PCM at 8 kHz. What
// leaves no doubt is seen in the first piece that came; of the rest null is returned, as no bytes were looked at.
const AVInputFormat* recognise_early(ByteSource& source) {
  constexpr size_t kFirstLook = 2048;
  std::vector<uint8_t> bytes(kFirstLook + AVPROBE_PADDING_SIZE);
  const AVInputFormat* format = nullptr;
  for (size_t count = 0; format == nullptr && count < kFirstLook;) {
    const int more = source.read(std::span(bytes).subspan(count, kFirstLook - count));
    if (more <= 0) break;
    count += static_cast<size_t>(more);
    const AVProbeData data{"", bytes.data(), static_cast<int>(count), nullptr};
    int score = AVPROBE_SCORE_MAX - 2;
    format = av_probe_input_format2(&data, 1, &score);
  }
  source.seek(0);
  return format;
}

}  // namespace

bool is_listed(std::string_view name, std::string_view list) {
  for (size_t at = list.find(name); at != std::string_view::npos; at = list.find(name, at + 1)) {
    const bool starts = at == 0 || list[at - 1] == ',';
    const size_t end = at + name.size();
    if (starts && (end == list.size() || list[end] == ',')) return true;
  }
  return false;
}

bool can_stream(const AVInputFormat& format, ByteSource& source) {
  const std::string_view name(format.name);
  if (name == "wav") return has_format_first(source);
  if (name.starts_with("matroska,")) return has_tracks_first(source);
  if (is_listed(name, kStreamingContainers)) return true;
  return name.starts_with("mov,") && has_index_first(source);
}

const AVInputFormat& recognise(ByteSource& source, IoContext& io, const RawFormat& raw,
                               const Cancellation& cancellation) {
  if (!raw.codec.empty()) {
    const std::string name = raw.codec.substr(std::string_view("pcm_").size());
    const AVInputFormat* format = av_find_input_format(name.c_str());
    if (format == nullptr) throw AudioError(ErrorCode::kUnsupportedCodec, "no raw format named " + raw.codec);
    return *format;
  }
  // FFmpeg would skip its headers as junk before an MP3, and take the boundary behind for damage.
  if (is_multipart_form(source)) {
    throw AudioError::form("this is a multipart form: extract the audio file from it first");
  }
  const AVInputFormat* format = nullptr;
  int score = 0;
  // FFmpeg looks at the first megabyte: behind a tag with a large cover it sees nothing, and says MP3.
  if (const int64_t start = end_of_id3v2(source); start > 0) {
    format = probe_at(source, start);
  } else {
    if (!source.seekable()) format = recognise_early(source);
    if (format == nullptr) score = av_probe_input_buffer2(io.get(), &format, "", nullptr, 0, kFormatProbeBytes);
  }
  cancellation.check();
  io.check();
  if (score < 0 || format == nullptr || !is_listed(format->name, kAllowedContainers)) {
    throw AudioError(ErrorCode::kUnsupportedContainer, "no supported audio container was recognised");
  }
  return *format;
}

}  // namespace cochlea
