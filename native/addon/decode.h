#pragma once

#include <napi.h>

namespace cochlea {

// decode(source: string | Uint8Array, options: object, cancellation: Cancellation): Promise<object>
Napi::Value decode(const Napi::CallbackInfo& info);

}  // namespace cochlea
