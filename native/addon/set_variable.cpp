#include "addon/set_variable.h"

#include <stdlib.h>

#include <string>

namespace cochlea {

// `process.env` does this in the main thread alone: that of a worker is a copy. One that is set already stays.
void set_variable(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>();
  const std::string value = info[1].As<Napi::String>();
  ::setenv(name.c_str(), value.c_str(), 0);
}

}  // namespace cochlea
