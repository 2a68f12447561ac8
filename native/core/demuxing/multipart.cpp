#include "core/demuxing/multipart.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cochlea {

namespace {

// The boundary has at most 70 characters (RFC 2046), and a part few headers, one of which names a file.
constexpr size_t kMostBytes = 2048;
constexpr size_t kLongestBoundary = 70;

// What the first bytes say; nothing as long as more of them are needed.
std::optional<bool> judge(std::string_view text) {
  constexpr std::string_view kDashes = "--";
  if (text.substr(0, kDashes.size()) != kDashes.substr(0, text.size())) return false;
  const size_t first_line = text.find("\r\n");
  if (first_line == std::string_view::npos) {
    return text.size() > kDashes.size() + kLongestBoundary + 1 ? std::optional(false) : std::nullopt;
  }
  if (first_line == kDashes.size() || first_line > kDashes.size() + kLongestBoundary) return false;
  const size_t end = text.find("\r\n\r\n", first_line);
  std::string headers(text.substr(first_line, end == std::string_view::npos ? end : end - first_line));
  std::ranges::transform(headers, headers.begin(), [](unsigned char each) { return std::tolower(each); });
  if (headers.find("\r\ncontent-disposition: form-data") != std::string::npos) return true;
  return end == std::string_view::npos ? std::nullopt : std::optional(false);
}

}  // namespace

bool is_multipart_form(ByteSource& source) {
  std::array<uint8_t, kMostBytes> bytes{};
  std::optional<bool> answer;
  for (size_t count = 0; !answer && count < bytes.size();) {
    const int more = source.read(std::span(bytes).subspan(count));
    if (more <= 0) break;
    count += static_cast<size_t>(more);
    answer = judge({reinterpret_cast<const char*>(bytes.data()), count});
  }
  source.seek(0);
  return answer.value_or(false);
}

}  // namespace cochlea
