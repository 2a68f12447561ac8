#pragma once

#include <napi.h>

#include "core/encoding/encoder.h"

namespace cochlea {

// encode(samples: Float32Array, options: object, cancellation: Cancellation): Promise<{bytes, clipped}>
Napi::Value encode(const Napi::CallbackInfo& info);

// {bytes: Uint8Array, clipped: number}
Napi::Object encoded(Napi::Env env, FileBytes file, uint64_t clipped);

}  // namespace cochlea
