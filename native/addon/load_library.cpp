#include "addon/load_library.h"

#include <dlfcn.h>

#include <string>

namespace cochlea {

// Loads a shared library for good, with its symbols for those that follow: whatever needs a library of this name then
// gets this one. Takes its time, on the calling thread. undefined, or why it does not load.
Napi::Value load_library(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return info.Env().Undefined();
  const char* reason = dlerror();
  return Napi::String::New(info.Env(), reason == nullptr ? "it does not load" : reason);
}

}  // namespace cochlea
