// setVariable(name, value): a variable of the process's environment, for libraries that ask for it natively.
#pragma once

#include <napi.h>

namespace cochlea {

void set_variable(const Napi::CallbackInfo& info);

}  // namespace cochlea
