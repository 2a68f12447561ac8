// The JavaScript class LogMel: a front end, made once of its tables.
#pragma once

#include <napi.h>

#include <memory>

#include "core/features/log_mel.h"

namespace cochlea {

// new LogMel({nFft, hopLength, mels, floor, range, offset, scale, window: Float64Array, filters: Float64Array})
//   compute(samples: Float32Array, options: {name, length, normalize}, to: Float32Array, cancellation: Cancellation):
//     Promise<void>
// `to` is [mels, frames of length samples]. Any number of calls at a time: one job for each clip, so that the clips
// of a batch run beside each other.
class LogMelHandle : public Napi::ObjectWrap<LogMelHandle> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit LogMelHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value compute(const Napi::CallbackInfo& info);

  // Shared with the jobs in flight, so that the handle may be collected meanwhile.
  std::shared_ptr<const LogMel> log_mel_;
};

}  // namespace cochlea
