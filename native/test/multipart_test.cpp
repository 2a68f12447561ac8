#include "core/demuxing/multipart.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cochlea::test {

namespace {

bool is_form(std::string_view text) {
  const std::vector<uint8_t> bytes(text.begin(), text.end());
  MemorySource source(bytes);
  const bool answer = is_multipart_form(source);
  EXPECT_EQ(source.position(), 0);
  return answer;
}

const std::string kHeaders = "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nID3";

}  // namespace

TEST(Multipart, IsABoundaryAndAHeaderThatSaysFormData) {
  EXPECT_TRUE(is_form("--boundary" + kHeaders));
  EXPECT_TRUE(is_form("--" + std::string(70, 'x') + kHeaders));
  EXPECT_TRUE(is_form("--x\r\nContent-Type: audio/mpeg\r\nCONTENT-DISPOSITION: FORM-DATA; name=a\r\n\r\n"));
  // Cut behind what tells.
  EXPECT_TRUE(is_form("--x\r\nContent-Disposition: form-data"));
}

TEST(Multipart, IsNothingElse) {
  EXPECT_FALSE(is_form(""));
  EXPECT_FALSE(is_form("-"));
  EXPECT_FALSE(is_form("--"));
  EXPECT_FALSE(is_form("--" + kHeaders));
  EXPECT_FALSE(is_form("--" + std::string(71, 'x') + kHeaders));
  EXPECT_FALSE(is_form("ID3--x" + kHeaders));
  EXPECT_FALSE(is_form("--x\r\nContent-Type: text/plain\r\n\r\n" + kHeaders));
  EXPECT_FALSE(is_form("--x\r\n" + std::string(10'000, 'h') + kHeaders));
}

}  // namespace cochlea::test
