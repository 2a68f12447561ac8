#include "core/transcribe/token_rules.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/transcribe/exp.h"

namespace cochlea {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Tokens from `from` up to `to`, without those that are suppressed.
struct Range {
  std::span<const float> logits;
  std::span<const uint8_t> suppressed;
  size_t from;

  float at(size_t i) const { return suppressed[i] != 0 ? kNever : logits[i]; }
};

Range range(std::span<const float> logits, const TokenRules& rules, size_t from, size_t to) {
  return {logits.subspan(from, to - from), rules.suppressed.subspan(from, to - from), from};
}

float largest(const Range& range) {
  float most = kNever;
  for (size_t i = 0; i < range.logits.size(); ++i) most = range.at(i) > most ? range.at(i) : most;
  return most;
}

// Σ e^((logit - most) / temperature). In blocks, so that floats do not lose the small ones.
double sum(const Range& range, float most, float scale) {
  constexpr size_t kBlock = 1024;
  double total = 0;
  for (size_t start = 0; start < range.logits.size(); start += kBlock) {
    const size_t end = std::min(start + kBlock, range.logits.size());
    float block = 0;
    for (size_t i = start; i < end; ++i) block += fast_exp((range.at(i) - most) * scale);
    total += block;
  }
  return total;
}

// Where the running sum of the probabilities passes `target`. What rounding leaves over falls to the last token that
// can come.
struct Draw {
  double target;
  std::optional<size_t> token;

  void from(const Range& range, float most, float scale) {
    for (size_t i = 0; i < range.logits.size() && target >= 0; ++i) {
      const float probability = fast_exp((range.at(i) - most) * scale);
      if (!(probability > 0)) continue;
      target -= probability;
      token = range.from + i;
    }
  }
};

std::optional<size_t> find(const Range& range, float value) {
  for (size_t i = 0; i < range.logits.size(); ++i) {
    if (range.at(i) == value) return range.from + i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PickedToken> pick_token(std::span<const float> logits, const TokenRules& rules) {
  assert(rules.first <= rules.timestamps && rules.timestamps <= rules.earliest && rules.earliest <= rules.end);
  assert(rules.end <= logits.size() && logits.size() == rules.suppressed.size());
  Range others = range(logits, rules, rules.first, rules.timestamps);
  const Range timestamps = range(logits, rules, rules.earliest, rules.end);
  const float most_of_timestamps = largest(timestamps);
  float most_of_others = largest(others);
  if (!std::isfinite(std::max(most_of_timestamps, most_of_others))) return std::nullopt;

  const double timestamps_sum = sum(timestamps, most_of_timestamps, 1);
  if (rules.prefer_timestamps && std::isfinite(most_of_timestamps) &&
      most_of_timestamps + std::log(timestamps_sum) > most_of_others) {
    others = range(logits, rules, rules.timestamps, rules.timestamps);
    most_of_others = kNever;
  }

  const float most = std::max(most_of_timestamps, most_of_others);
  const double all = sum(others, most, 1) + sum(timestamps, most, 1);
  if (!std::isfinite(all)) return std::nullopt;
  std::optional<size_t> token;
  if (rules.temperature > 0) {
    const float scale = 1 / rules.temperature;
    Draw draw{rules.draw * (sum(others, most, scale) + sum(timestamps, most, scale)), std::nullopt};
    draw.from(others, most, scale);
    draw.from(timestamps, most, scale);
    token = draw.token;
  } else {
    token = most == most_of_others ? find(others, most) : find(timestamps, most);
  }
  if (!token) return std::nullopt;
  return PickedToken{*token, static_cast<double>(logits[*token]) - most - std::log(all)};
}

double log_probability(std::span<const float> logits, size_t token) {
  const float most = *std::ranges::max_element(logits);
  double total = 0;
  for (const float logit : logits) total += fast_exp(logit - most);
  return static_cast<double>(logits[token]) - most - std::log(total);
}

}  // namespace cochlea
