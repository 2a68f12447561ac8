// FFmpeg's memory holds nothing of what lay there before: see native/dependencies/patches/0110-zeroed-memory.patch.
extern "C" {
#include <libavutil/mem.h>
}

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace {

struct Free {
  void operator()(uint8_t* memory) const { av_free(memory); }
};
using Block = std::unique_ptr<uint8_t, Free>;

#if defined __SANITIZE_ADDRESS__
// Its allocator keeps large blocks, and fills them.
constexpr std::array kSizes{size_t{16}, size_t{1000}, size_t{70'000}, size_t{1} << 20};
#else
constexpr std::array kSizes{size_t{16}, size_t{1000}, size_t{70'000}, size_t{1} << 20, size_t{40} << 20};
#endif

TEST(ZeroedMemory, OfBlocksThatWereUsedBefore) {
  for (const size_t size : kSizes) {
    std::vector<Block> used;
    for (int i = 0; i < 16; ++i) {
      used.emplace_back(static_cast<uint8_t*>(av_malloc(size)));
      ASSERT_TRUE(used.back());
      std::fill_n(used.back().get(), size, uint8_t{0xa5});
    }
    used.clear();
    for (int i = 0; i < 16; ++i) {
      used.emplace_back(static_cast<uint8_t*>(av_malloc(size)));
      ASSERT_TRUE(used.back());
      EXPECT_TRUE(std::all_of(used.back().get(), used.back().get() + size, [](uint8_t byte) { return byte == 0; }));
    }
  }
}

}  // namespace
