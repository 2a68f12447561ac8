// loadLibrary(path): libraries that ONNX Runtime will look for by name.
#pragma once

#include <napi.h>

namespace cochlea {

Napi::Value load_library(const Napi::CallbackInfo& info);

}  // namespace cochlea
