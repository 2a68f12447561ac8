#include "core/transcribe/token_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/transcribe/exp.h"

namespace cochlea::test {

namespace {

// Six words, the end, three timestamps.
constexpr size_t kEnd = 6;
constexpr size_t kTimestamps = 7;
constexpr size_t kVocabulary = 10;
constexpr float kNever = -std::numeric_limits<float>::infinity();

struct Case {
  std::vector<float> logits = std::vector<float>(kVocabulary, 0);
  std::vector<float> bias = std::vector<float>(kVocabulary, 0);
  TokenRules rules{.bias = {}, .timestamps = kTimestamps, .earliest = kTimestamps, .end = kVocabulary};

  std::optional<PickedToken> pick() {
    rules.bias = bias;
    return pick_token(logits, rules);
  }
  size_t token() { return pick().value().token; }
};

}  // namespace

TEST(FastExp, IsWithinItsBoundOfTheExactValue) {
  double worst = 0;
  for (float x = -86.99F; x <= 0; x += 1e-4F) {
    const double exact = std::exp(static_cast<double>(x));
    worst = std::max(worst, std::abs(fast_exp(x) - exact) / exact);
  }
  EXPECT_LE(worst, 3e-7);
  EXPECT_EQ(fast_exp(0), 1);
  EXPECT_LE(fast_exp(-100), 1.7e-38F);
  EXPECT_LE(fast_exp(-std::numeric_limits<float>::infinity()), 1.7e-38F);
}

TEST(TokenRules, TakesTheMostProbableOfWhatIsAllowed) {
  Case c;
  c.logits = {1, 5, 2, 4, 3, 0, 0, 0, 0, 0};
  EXPECT_EQ(c.token(), 1);
  c.bias[1] = kNever;
  EXPECT_EQ(c.token(), 3);
  c.rules.first = 4;
  EXPECT_EQ(c.token(), 4);
  c.rules.first = kEnd;
  c.logits[kEnd] = 9;
  EXPECT_EQ(c.token(), kEnd);
  c.rules.first = kTimestamps;
  c.logits[9] = 1;
  EXPECT_EQ(c.token(), 9);
  c.rules.end = 9;
  EXPECT_EQ(c.token(), 7);
  c.rules.earliest = 8;
  EXPECT_EQ(c.token(), 8);
}

TEST(TokenRules, PrefersTimestampsThatAreTogetherMoreProbableThanAnyOtherToken) {
  Case c;
  // ln(3 e²) = 3.0986
  c.logits = {0, 3.09F, 0, 0, 0, 0, 0, 2, 2, 2};
  EXPECT_EQ(c.token(), 1);
  c.rules.prefer_timestamps = true;
  EXPECT_EQ(c.token(), 7);
  c.logits[1] = 3.1F;
  EXPECT_EQ(c.token(), 1);
  c.rules.earliest = c.rules.end = kVocabulary;
  EXPECT_EQ(c.token(), 1);
}

TEST(TokenRules, GivesTheProbabilityAmongTheAllowed) {
  Case c;
  c.rules.end = c.rules.earliest;
  c.logits = {2, 1, 0, -1, -2, -3, -4, 50, 50, 50};
  c.bias[1] = kNever;
  double total = 0;
  for (const double logit : {2, 0, -1, -2, -3, -4}) total += std::exp(logit);
  EXPECT_NEAR(c.pick().value().log_probability, 2 - std::log(total), 1e-6);
  EXPECT_NEAR(log_probability(std::span(c.logits).first(kTimestamps), 3), -1 - std::log(total + std::exp(1)), 1e-6);
}

TEST(TokenRules, DrawsEachTokenAsOftenAsItsProbabilityAtTheTemperature) {
  Case c;
  c.logits = {0, 1, 2, 0, 0, 0, 0, 1, 0, 0};
  c.bias = {0, 0, 0, kNever, kNever, kNever, kNever, 0, kNever, kNever};
  c.rules.temperature = 0.5;
  std::vector<int> count(kVocabulary);
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    c.rules.draw = (i + 0.5) / kDraws;
    ++count[c.token()];
  }
  const double total = 1 + 2 * std::exp(2) + std::exp(4);
  EXPECT_NEAR(count[0], kDraws / total, 2);
  EXPECT_NEAR(count[1], kDraws * std::exp(2) / total, 2);
  EXPECT_NEAR(count[2], kDraws * std::exp(4) / total, 2);
  EXPECT_NEAR(count[7], kDraws * std::exp(2) / total, 2);
  c.rules.draw = std::nextafter(1.0, 0);
  EXPECT_EQ(c.token(), 7);
}

TEST(TokenRules, GivesNothingWhereNothingIsAllowedOrAFiniteNumber) {
  Case nothing;
  nothing.rules.first = kTimestamps;
  nothing.rules.end = nothing.rules.earliest;
  EXPECT_FALSE(nothing.pick());
  Case nan;
  std::ranges::fill(nan.logits, std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(nan.pick());
  nan.logits[4] = 1;
  EXPECT_EQ(nan.token(), 4);
  nan.logits[4] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(nan.pick());
}

TEST(TokenRules, AgreesWithAPlainSumOverALargeVocabulary) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 4);
  std::vector<float> logits(51'865);
  for (float& logit : logits) logit = normal(random);
  const std::vector<float> bias(logits.size(), 0);
  const size_t begin = 50'364;
  double total = 0;
  for (const float logit : logits) total += std::exp(static_cast<double>(logit));
  const auto picked = pick_token(logits, {.bias = bias, .timestamps = begin, .earliest = begin, .end = logits.size()});
  const auto most = std::ranges::max_element(logits);
  EXPECT_EQ(picked.value().token, static_cast<size_t>(most - logits.begin()));
  // fast_exp is off by 3e-7, and sums of 1024 floats by as much again and again.
  EXPECT_NEAR(picked.value().log_probability, *most - std::log(total), 1e-5);
}

}  // namespace cochlea::test
