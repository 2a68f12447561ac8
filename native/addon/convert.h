#pragma once

#include <napi.h>

namespace cochlea {

// convert(from: Float32Array, format: number, to: Uint16Array, cancellation: Cancellation): Promise<void>
Napi::Value convert(const Napi::CallbackInfo& info);

}  // namespace cochlea
