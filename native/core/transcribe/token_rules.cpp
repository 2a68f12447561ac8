#include "core/transcribe/token_rules.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/transcribe/exp.h"

namespace cochlea {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Tokens from `from` on.
struct Range {
  std::span<const float> logits;
  std::span<const float> bias;
  size_t from;

  float at(size_t i) const { return logits[i] + bias[i]; }
};

Range range(std::span<const float> logits, const TokenRules& rules, size_t from, size_t to) {
  return {logits.subspan(from, to - from), rules.bias.subspan(from, to - from), from};
}

// So many values at a time, each with a result of its own: only so may the compiler use vector instructions, which
// change the order of a sum.
constexpr size_t kLanes = 16;

float largest(const Range& range) {
  std::array<float, kLanes> lanes{};
  lanes.fill(kNever);
  const size_t whole = range.logits.size() / kLanes * kLanes;
  for (size_t start = 0; start < whole; start += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const float logit = range.at(start + lane);
      lanes[lane] = logit > lanes[lane] ? logit : lanes[lane];
    }
  }
  float most = *std::ranges::max_element(lanes);
  for (size_t i = whole; i < range.logits.size(); ++i) most = std::max(most, range.at(i));
  return most;
}

// Σ e^((logit - most) / temperature), with `scale` = 1 / temperature.
double sum(const Range& range, float most, float scale) {
  std::array<float, kLanes> lanes{};
  const size_t whole = range.logits.size() / kLanes * kLanes;
  for (size_t start = 0; start < whole; start += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += fast_exp((range.at(start + lane) - most) * scale);
  }
  double total = std::accumulate(lanes.begin(), lanes.end(), 0.0);
  for (size_t i = whole; i < range.logits.size(); ++i) total += fast_exp((range.at(i) - most) * scale);
  return total;
}

// Where the running sum of the probabilities passes `target`. What rounding leaves over falls to the last token that
// can come.
struct Draw {
  double target;
  std::optional<size_t> token;

  void from(const Range& range, float most, float scale) {
    for (size_t i = 0; i < range.logits.size() && target >= 0; ++i) {
      if (!(range.at(i) > kNever)) continue;
      target -= fast_exp((range.at(i) - most) * scale);
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
  assert(rules.end <= logits.size() && logits.size() == rules.bias.size());
  Range others = range(logits, rules, rules.first, rules.timestamps);
  const Range timestamps = range(logits, rules, rules.earliest, rules.end);
  const float most_of_timestamps = largest(timestamps);
  const float most_of_others = largest(others);
  // What all exponentials are relative to.
  const float base = std::max(most_of_timestamps, most_of_others);
  if (!std::isfinite(base)) return std::nullopt;
  const double timestamps_sum = sum(timestamps, base, 1);
  double all = timestamps_sum + sum(others, base, 1);
  float best = base;
  if (!std::isfinite(all)) return std::nullopt;
  if (rules.prefer_timestamps && std::log(timestamps_sum) > most_of_others - base) {
    others = range(logits, rules, rules.timestamps, rules.timestamps);
    best = most_of_timestamps;
    all = timestamps_sum;
  }
  std::optional<size_t> token;
  if (rules.temperature > 0) {
    const float scale = 1 / rules.temperature;
    Draw draw{rules.draw * (sum(others, base, scale) + sum(timestamps, base, scale)), std::nullopt};
    draw.from(others, base, scale);
    draw.from(timestamps, base, scale);
    token = draw.token;
  } else {
    token = find(others, best);
    if (!token) token = find(timestamps, best);
  }
  if (!token) return std::nullopt;
  return PickedToken{*token, static_cast<double>(logits[*token]) - base - std::log(all)};
}

double log_probability(std::span<const float> logits, size_t token) {
  const std::vector<float> none(logits.size(), 0);
  const Range whole{logits, none, 0};
  const float most = largest(whole);
  return static_cast<double>(logits[token]) - most - std::log(sum(whole, most, 1));
}

}  // namespace cochlea
