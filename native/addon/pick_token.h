#pragma once

#include <napi.h>

namespace cochlea {

// pickToken(logits: Float32Array, rules: {bias: Float32Array, first, timestamps, earliest, end, preferTimestamps,
// temperature, draw}): {token, logProbability} | undefined
// At once, on the calling thread, which is that of a model: some 50 µs. See core/transcribe/token_rules.h.
Napi::Value pick_token(const Napi::CallbackInfo& info);

// logProbability(logits: Float32Array, token: number): number
Napi::Value log_probability(const Napi::CallbackInfo& info);

}  // namespace cochlea
