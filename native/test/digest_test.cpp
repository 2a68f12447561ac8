#include "core/transfer/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace cochlea::test {

namespace {

std::vector<std::byte> bytes(size_t count) {
  std::vector<std::byte> bytes(count);
  for (uint64_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 2654435761 >> 24);
  return bytes;
}

uint64_t digest_in_parts(const std::vector<std::byte>& bytes, size_t part) {
  Digest digest;
  for (size_t at = 0; at < bytes.size(); at += part) {
    digest.add(std::span(bytes).subspan(at, std::min(part, bytes.size() - at)));
  }
  return digest.value();
}

}  // namespace

// By the Python package xxhash 4.1.0: test/transfer/digest.test.ts has more of them.
TEST(Digest, IsThatOfTheReferenceHoweverTheBytesAreCut) {
  constexpr std::array<std::pair<size_t, uint64_t>, 4> kExpected = {{
      {0, 0x2d06800538d394c2},
      {17, 0x9998430fd0a655be},
      {241, 0x2d431e984c441f15},
      {100'003, 0x507db29bd764a682},
  }};
  for (const auto& [size, expected] : kExpected) {
    const std::vector<std::byte> given = bytes(size);
    for (const size_t part : {size_t{1}, size_t{63}, size_t{256}, size_t{100'003}}) {
      EXPECT_EQ(digest_in_parts(given, part), expected) << size << " bytes in parts of " << part;
    }
  }
}

TEST(Digest, TakesEmptySpansAndGoesOnAfterItsValueWasRead) {
  Digest digest;
  digest.add({});
  EXPECT_EQ(digest.value(), 0x2d06800538d394c2);
  digest.add(bytes(17));
  digest.add({});
  EXPECT_EQ(digest.value(), 0x9998430fd0a655be);
}

}  // namespace cochlea::test
