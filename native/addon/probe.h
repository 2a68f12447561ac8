#pragma once

#include <napi.h>

namespace cochlea {

// probe(source: string | Uint8Array, options: object, cancellation: Cancellation): Promise<object>
Napi::Value probe(const Napi::CallbackInfo& info);

}  // namespace cochlea
