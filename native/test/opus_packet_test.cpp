// RFC 6716, section 3: what the first bytes of a packet say.
#include "core/decoding/opus_packet.h"

#include <gtest/gtest.h>

#include <vector>

namespace cochlea::test {

namespace {

OpusPacket packet(std::vector<uint8_t> bytes) { return OpusPacket::of(bytes); }

// The first byte: configuration, and how frames are packed.
uint8_t head(int configuration, int code) { return static_cast<uint8_t>(configuration << 3 | code); }

}  // namespace

TEST(OpusPacket, TellsVoiceFromMusic) {
  for (int configuration = 0; configuration < 32; ++configuration) {
    EXPECT_EQ(packet({head(configuration, 0), 1, 2, 3}).has_silk, configuration < 16) << configuration;
  }
}

TEST(OpusPacket, CountsSamples) {
  EXPECT_EQ(packet({head(0, 0), 1, 2}).samples, 480);
  EXPECT_EQ(packet({head(3, 0), 1, 2}).samples, 2880);
  EXPECT_EQ(packet({head(12, 0), 1, 2}).samples, 480);
  EXPECT_EQ(packet({head(13, 1), 1, 2}).samples, 1920);
  EXPECT_EQ(packet({head(16, 0), 1, 2}).samples, 120);
  EXPECT_EQ(packet({head(31, 3), 6, 1, 2}).samples, 5760);
  EXPECT_EQ(packet({}).samples, 0);
  EXPECT_EQ(packet({head(31, 3)}).samples, 0);
}

TEST(OpusPacket, KnowsFramesThatHoldNothing) {
  EXPECT_TRUE(packet({head(31, 0)}).is_silent);
  EXPECT_TRUE(packet({head(31, 0), 9}).is_silent);
  EXPECT_TRUE(packet({head(31, 1), 9, 9}).is_silent);
  // A pause that CELT says itself takes two bytes.
  EXPECT_FALSE(packet({head(31, 0), 0xff, 0xfe}).is_silent);
  EXPECT_FALSE(packet({head(31, 3), 2, 0xff, 0xfe, 0xff, 0xfe}).is_silent);
}

}  // namespace cochlea::test
