// The JavaScript class Cancellation: what an AbortSignal's listener calls.
#pragma once

#include <napi.h>

#include <memory>

#include "core/limits.h"

namespace cochlea {

// new Cancellation(timeoutInMilliseconds?): one per request; cancel() stops that request.
class CancellationHandle : public Napi::ObjectWrap<CancellationHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  // Throws a TypeError when the value is not an instance from this copy of the addon.
  static std::shared_ptr<Cancellation> from(const Napi::Value& value);

  explicit CancellationHandle(const Napi::CallbackInfo& info);

 private:
  void cancel(const Napi::CallbackInfo& info);

  std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
};

}  // namespace cochlea
