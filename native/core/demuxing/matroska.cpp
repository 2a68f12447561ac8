#include "core/demuxing/matroska.h"

#include <array>
#include <bit>
#include <optional>

namespace cochlea {

namespace {

// Before the first cluster stand seek heads, facts, tags, chapters, attachments, and room for more.
constexpr int kMaxElements = 64;
// A source that is still coming is kept from its start as far as this looks.
constexpr int64_t kFarthest = 1 << 20;

constexpr uint32_t kHeader = 0x1a45dfa3;
constexpr uint32_t kSegment = 0x18538067;
constexpr uint32_t kTracks = 0x1654ae6b;
constexpr uint32_t kCluster = 0x1f43b675;

struct Element {
  uint32_t id = 0;
  int64_t body = 0;
  std::optional<int64_t> size;  // none: unknown, up to the end of its parent
};

// EBML: as many bytes follow the first as it has leading zeros (RFC 8794, section 4).
std::optional<uint64_t> read_number(ByteSource& source, int64_t& position, bool keeps_marker) {
  std::array<uint8_t, 8> bytes{};
  if (!read_exactly(source, position, std::span(bytes).first<1>())) return std::nullopt;
  const int more = std::countl_zero(bytes[0]);
  if (more > 7) return std::nullopt;
  const auto count = static_cast<size_t>(more) + 1;
  if (!read_exactly(source, position, std::span(bytes).first(count))) return std::nullopt;
  uint64_t value = keeps_marker ? bytes[0] : bytes[0] & (0x7f >> more);
  for (size_t i = 1; i < count; ++i) value = value << 8 | bytes[i];
  position += static_cast<int64_t>(count);
  return value;
}

std::optional<Element> read_element(ByteSource& source, int64_t position) {
  const std::optional<uint64_t> id = read_number(source, position, true);
  if (!id || *id > UINT32_MAX) return std::nullopt;
  const int64_t start = position;
  const std::optional<uint64_t> size = read_number(source, position, false);
  if (!size) return std::nullopt;
  const uint64_t unknown = (uint64_t{1} << (7 * (position - start))) - 1;
  Element element{static_cast<uint32_t>(*id), position, std::nullopt};
  if (*size != unknown) element.size = static_cast<int64_t>(*size);
  return element;
}

bool find_cluster_before_tracks(ByteSource& source) {
  int64_t position = 0;
  for (int i = 0; i < kMaxElements && position < kFarthest; ++i) {
    const std::optional<Element> element = read_element(source, position);
    if (!element || element->id == kTracks) return false;
    if (element->id == kCluster) return true;
    if (i == 0 && element->id != kHeader) return false;
    // Into the segment, past everything else.
    if (element->id == kSegment) {
      position = element->body;
    } else {
      if (!element->size) return false;
      position = element->body + *element->size;
    }
  }
  return false;
}

}  // namespace

bool has_tracks_first(ByteSource& source) noexcept {
  const bool found = find_cluster_before_tracks(source);
  source.seek(0);
  return !found;
}

}  // namespace cochlea
