// Facts from the core → JavaScript objects, on the main thread.
#pragma once

#include <napi.h>

#include "core/media_info.h"

namespace cochlea {

Napi::Object to_js(Napi::Env env, const MediaInfo& info);
Napi::Object to_js(Napi::Env env, const Damage& damage);

}  // namespace cochlea
