// trimMemory(): gives memory that was freed back to the system.
#pragma once

#include <napi.h>

namespace cochlea {

void trim_memory(const Napi::CallbackInfo& info);

}  // namespace cochlea
