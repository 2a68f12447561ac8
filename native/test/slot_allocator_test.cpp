#include "core/transfer/slot_allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/transfer/arena.h"

namespace cochlea::test {

namespace {

// An arena as a row of blocks, each taken or not: slow, and obviously right.
class Model {
 public:
  explicit Model(size_t bytes) : taken_(bytes / SlotAllocator::kAlignment) {}

  std::optional<size_t> take(size_t bytes) {
    const size_t blocks = std::max<size_t>(1, (bytes + SlotAllocator::kAlignment - 1) / SlotAllocator::kAlignment);
    const auto found = std::search_n(taken_.begin(), taken_.end(), static_cast<std::ptrdiff_t>(blocks), false);
    if (found == taken_.end()) return std::nullopt;
    std::fill_n(found, blocks, true);
    return static_cast<size_t>(found - taken_.begin()) * SlotAllocator::kAlignment;
  }

  void give_back(size_t offset, size_t bytes) {
    const size_t blocks = std::max<size_t>(1, (bytes + SlotAllocator::kAlignment - 1) / SlotAllocator::kAlignment);
    const auto first = taken_.begin() + static_cast<std::ptrdiff_t>(offset / SlotAllocator::kAlignment);
    std::fill_n(first, blocks, false);
  }

  size_t bytes_taken() const {
    return static_cast<size_t>(std::count(taken_.begin(), taken_.end(), true)) * SlotAllocator::kAlignment;
  }

 private:
  std::vector<bool> taken_;
};

struct Taken {
  size_t offset;
  size_t bytes;
};

}  // namespace

TEST(SlotAllocator, DoesWhatARowOfBlocksDoes) {
  constexpr size_t kBytes = 64 * SlotAllocator::kAlignment;
  SlotAllocator allocator(kBytes);
  Model model(kBytes);
  std::vector<Taken> taken;
  std::mt19937 random(1);  // NOLINT: the same every time
  for (int i = 0; i < 100'000; ++i) {
    if (random() % 2 == 0) {
      const size_t bytes = random() % (12 * SlotAllocator::kAlignment);
      const std::optional<size_t> offset = allocator.take(bytes);
      ASSERT_EQ(offset, model.take(bytes));
      if (offset) taken.push_back({*offset, bytes});
    } else if (!taken.empty()) {
      std::swap(taken[random() % taken.size()], taken.back());
      ASSERT_TRUE(allocator.give_back(taken.back().offset));
      model.give_back(taken.back().offset, taken.back().bytes);
      taken.pop_back();
    }
    ASSERT_EQ(allocator.slots(), taken.size());
    ASSERT_EQ(allocator.bytes_taken(), model.bytes_taken());
  }
}

TEST(SlotAllocator, RefusesWhatNoMemoryHasAndOffsetsOfNoSlot) {
  SlotAllocator allocator(1000);
  EXPECT_EQ(allocator.take(SIZE_MAX), std::nullopt);
  EXPECT_EQ(allocator.take(961), std::nullopt);
  EXPECT_EQ(allocator.take(960), 0u);
  EXPECT_FALSE(allocator.give_back(64));
  EXPECT_TRUE(allocator.give_back(0));
  EXPECT_FALSE(allocator.give_back(0));
  EXPECT_EQ(SlotAllocator(10).take(1), std::nullopt);
}

TEST(Arena, SlotsComeBackWhenTheyAreDroppedAndKeepItsMemory) {
  auto arena = std::make_shared<Arena>(4096);
  std::shared_ptr<Slot> slot = arena->take(4096);
  EXPECT_EQ(arena->take(1), nullptr);
  EXPECT_FALSE(arena->offers());
  slot->offer();
  slot->offer();
  EXPECT_TRUE(arena->offers());
  slot.reset();
  EXPECT_FALSE(arena->offers());
  EXPECT_EQ(arena->slots(), 0u);
  slot = arena->take(100);
  arena.reset();
  slot->bytes()[99] = std::byte{1};
}

}  // namespace cochlea::test
