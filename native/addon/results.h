// Facts from the core → JavaScript objects, on the main thread.
#pragma once

#include <napi.h>

#include <cstdint>

#include "addon/hand_over.h"
#include "core/media_info.h"

namespace cochlea {

struct SampleShape {
  size_t channels = 0;
  size_t frames = 0;
  int sample_rate = 0;
  int64_t start_frame = 0;
};

// NativeSamples of lib/native/binding.ts.
Napi::Object to_js(Napi::Env env, const HandedOver& samples, const SampleShape& shape);

Napi::Object to_js(Napi::Env env, const MediaInfo& info);
Napi::Object to_js(Napi::Env env, const Damage& damage);

}  // namespace cochlea
