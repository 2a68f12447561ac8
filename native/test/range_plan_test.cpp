// Ranges as numbers: what is asked of a resampler, and what of the output is kept.
#include "core/pipeline/range_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace cochlea::test {

namespace {

RangePlan::Cut cut(const RangePlan& plan, int64_t begin, int64_t held) { return plan.cut(begin, held); }

// The frames, named by their numbers, that a buffer hands out if it is cut after each `step` of them. `taken` is how
// many a caller takes as soon as they are there; of what is left, all at the end.
std::vector<int64_t> handed_out(const RangePlan& plan, int64_t begin, int64_t length, int64_t step, int64_t taken) {
  std::vector<int64_t> buffer;
  std::vector<int64_t> result;
  int64_t at = begin;
  while (at < length) {
    const int64_t end = std::min(length, at + step);
    for (; at < end; ++at) buffer.push_back(at);
    const RangePlan::Cut cut = plan.cut(begin, static_cast<int64_t>(buffer.size()));
    buffer.erase(buffer.begin(), buffer.begin() + cut.drop);
    begin += cut.drop;
    buffer.resize(static_cast<size_t>(cut.keep));
    if (cut.is_complete) break;
    while (taken > 0 && static_cast<int64_t>(buffer.size()) >= taken && !plan.is_undecided(begin)) {
      result.insert(result.end(), buffer.begin(), buffer.begin() + taken);
      buffer.erase(buffer.begin(), buffer.begin() + taken);
      begin += taken;
    }
  }
  result.insert(result.end(), buffer.begin(), buffer.end());
  return result;
}

std::vector<int64_t> numbers(int64_t first, int64_t last) {
  std::vector<int64_t> all(static_cast<size_t>(std::max<int64_t>(0, last - first)));
  std::iota(all.begin(), all.end(), first);
  return all;
}

}  // namespace

TEST(RangePlan, RoundsToTheNearestFrameHalvesUp) {
  const RangePlan plan({0.25, 0.75}, 10);  // 2.5 and 7.5
  EXPECT_EQ(handed_out(plan, 0, 100, 1, 0), numbers(3, 8));
  EXPECT_TRUE(RangePlan({0.26, 0.34}, 10).is_empty());
  EXPECT_TRUE(RangePlan({2, 1}, 10).is_empty());
  EXPECT_FALSE(RangePlan({0.24, 0.26}, 10).is_empty());
  EXPECT_FALSE(RangePlan({-1e-9}, 10).is_empty());
}

TEST(RangePlan, HandsOutTheSameHoweverTheAudioComes) {
  for (const int64_t step : {1, 3, 7, 50, 1000}) {
    for (const int64_t taken : {0, 1, 4, 30}) {
      SCOPED_TRACE(testing::Message() << "steps of " << step << ", taken " << taken);
      EXPECT_EQ(handed_out(RangePlan({2, 5}, 10), 0, 100, step, taken), numbers(20, 50));
      EXPECT_EQ(handed_out(RangePlan({2, 50}, 10), 0, 100, step, taken), numbers(20, 100));
      EXPECT_EQ(handed_out(RangePlan({2}, 10), 0, 100, step, taken), numbers(20, 100));
      EXPECT_EQ(handed_out(RangePlan({20}, 10), 0, 100, step, taken), numbers(0, 0));
      EXPECT_EQ(handed_out(RangePlan({-3}, 10), 0, 100, step, taken), numbers(70, 100));
      EXPECT_EQ(handed_out(RangePlan({-30}, 10), 0, 100, step, taken), numbers(0, 100));
      // Resampled from the middle: the first frame there is has number 15.
      EXPECT_EQ(handed_out(RangePlan({2, 5}, 10), 15, 100, step, taken), numbers(20, 50));
      RangePlan rest({2, 5}, 10);
      rest.continue_at(33);
      EXPECT_EQ(handed_out(rest, 0, 100, step, taken), numbers(33, 50));
    }
  }
}

TEST(RangePlan, CountsWhatLiesInTheRangeWithWhatIsGone) {
  const RangePlan plan({2, 5}, 10);
  EXPECT_EQ(cut(plan, 0, 10).covered, -10);
  EXPECT_EQ(cut(plan, 0, 30).covered, 10);
  EXPECT_EQ(cut(plan, 30, 10).covered, 20);
  EXPECT_EQ(cut(plan, 30, 100).covered, 30);
  RangePlan rest = plan;
  rest.continue_at(33);
  EXPECT_EQ(cut(rest, 0, 40).covered, 20);
  EXPECT_EQ(cut(RangePlan({-3}, 10), 0, 20).covered, 20);
  EXPECT_EQ(cut(RangePlan({-3}, 10), 0, 40).covered, 30);
}

TEST(RangePlan, KnowsAnEndBeforeTheRange) {
  RangePlan plan({2, 5}, 10);
  EXPECT_TRUE(plan.is_undecided(19));
  EXPECT_FALSE(plan.is_undecided(20));
  EXPECT_TRUE(plan.is_missed(20));
  EXPECT_FALSE(plan.is_missed(21));
  plan.continue_at(10);
  EXPECT_TRUE(plan.is_missed(20));
  // Some of it was handed out already.
  plan.continue_at(33);
  EXPECT_FALSE(plan.is_missed(20));
  EXPECT_TRUE(RangePlan({-3}, 10).is_undecided(1000));
  EXPECT_TRUE(RangePlan({-3}, 10).is_missed(1000));
}

TEST(RangePlan, StartsTheResamplerWhereBothRatesShareAFrame) {
  for (const auto& [from, to] : {std::pair(44'100, 16'000), std::pair(16'000, 44'100), std::pair(48'000, 16'000),
                                 std::pair(8'000, 48'000), std::pair(22'050, 44'100)}) {
    SCOPED_TRACE(testing::Message() << from << " to " << to);
    for (const double seconds : {0.5, 1.0, 7.77, 3600.0}) {
      const ResamplerStart start = RangePlan({seconds}, to).start(from);
      // The same moment at both rates, to the frame.
      EXPECT_EQ(start.source_frame * to, start.output_frame * from);
      // At least 640 frames of the lower rate before the range, at most a step more.
      const double lead = seconds - static_cast<double>(start.source_frame) / from;
      const double step = 1.0 / std::gcd(from, to);
      EXPECT_GE(lead + 1.0 / to, 640.0 / std::min(from, to));
      EXPECT_LE(lead, 640.0 / std::min(from, to) + 2 * step + 1.0 / to);
    }
  }
}

TEST(RangePlan, StartsAtTheStartWhereNothingLaterIsExact) {
  const auto source_frame = [](const Range& range, int from, int to) {
    return RangePlan(range, to).start(from).source_frame;
  };
  EXPECT_EQ(source_frame({-1}, 48'000, 16'000), 0);           // from the end
  EXPECT_EQ(source_frame({100}, 44'101, 44'100), 0);          // thousands of steps
  EXPECT_EQ(source_frame({0.01}, 48'000, 16'000), 0);         // less than the filter's length
  EXPECT_EQ(source_frame({100}, 0, 16'000), 0);               // a rate that no header states
  EXPECT_EQ(source_frame({100}, 44'101, 44'101), 4'410'100);  // nothing to resample
}

}  // namespace cochlea::test
