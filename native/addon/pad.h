#pragma once

#include <napi.h>

namespace cochlea {

// pad(samples: Float32Array, options: {name, normalize}, to: Float32Array, cancellation: Cancellation): Promise<void>
// Checks and normalises a clip as LogMel does, for models that compute features themselves: `to` is as long as the
// clip with its zeros.
Napi::Value pad(const Napi::CallbackInfo& info);

}  // namespace cochlea
