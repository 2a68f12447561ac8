// Decoded samples → ArrayBuffers, on the main thread.
#pragma once

#include <napi.h>

#include "core/sample_buffer.h"

namespace cochlea {

// Below this, copying into memory of V8 is as fast as handing memory over, and has none of the limits
// of external buffers (which cannot be transferred to a worker).
constexpr size_t kExternalBytes = 8 * 1024 * 1024;

struct Output {
  Napi::ArrayBuffer buffer;
  bool transferable;
};

// Gives samples to JavaScript: as an external buffer when they are many, else as a copy.
Output hand_over(Napi::Env env, Samples samples, size_t count);

}  // namespace cochlea
