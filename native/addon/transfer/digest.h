#pragma once

#include <napi.h>

namespace cochlea {

// digest(parts, cancellation) → Promise<string>: XXH3-64 of all bytes of the views, in 16 lower-case hexadecimal
// digits.
Napi::Value digest(const Napi::CallbackInfo& info);

}  // namespace cochlea
