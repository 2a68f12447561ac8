// Which token comes next: what Whisper's rules allow of a vocabulary, and the most probable of it, or a drawn one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cochlea {

// The vocabulary is text, then special tokens, then timestamps in the order of time. Of it are allowed: tokens from
// `first` to `timestamps`, and timestamps from `earliest` up to, but not including, `end`; of both only those whose
// bias allows it.
struct TokenRules {
  // Added to the logits: 0, or -infinity for a token that never comes.
  std::span<const float> bias;
  size_t first = 0;
  // The first timestamp.
  size_t timestamps = 0;
  size_t earliest = 0;
  size_t end = 0;
  // Whether it must be a timestamp if all timestamps together are more probable than any other token.
  bool prefer_timestamps = false;
  // 0: the most probable token.
  float temperature = 0;
  // Of [0, 1): which token is drawn, if the temperature is not 0.
  double draw = 0;
};

struct PickedToken {
  size_t token = 0;
  // The natural logarithm of its probability among the allowed tokens, at a temperature of 1.
  double log_probability = 0;
};

// Rules as in ApplyTimestampRules and GreedyDecoder of OpenAI's whisper/decoding.py. Nothing if no token is allowed, or
// the largest logit of those that are is not finite; NaN counts as never. `first` ≤ `timestamps` ≤ `earliest` ≤ `end` ≤
// number of logits, which is that of `bias`, too.
std::optional<PickedToken> pick_token(std::span<const float> logits, const TokenRules& rules);

// The natural logarithm of the probability of a token among all tokens.
double log_probability(std::span<const float> logits, size_t token);

}  // namespace cochlea
