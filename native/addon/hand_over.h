// Memory of the core → ArrayBuffers, on the main thread.
#pragma once

#include <napi.h>

#include <cstddef>

#include "core/memory.h"

namespace cochlea {

// Below this, copying into memory of V8 is as fast as handing memory over, and has none of the limits
// of external buffers (which cannot be transferred to a worker).
constexpr size_t kExternalBytes = 8 * 1024 * 1024;

struct HandedOver {
  Napi::ArrayBuffer buffer;
  bool transferable;
};

// JavaScript takes the memory over, or gets a copy when it is small or external buffers are not allowed.
HandedOver hand_over(Napi::Env env, Memory<void> memory, size_t bytes);

}  // namespace cochlea
