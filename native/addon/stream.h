// The JavaScript class Stream: one source that is decoded piece by piece.
#pragma once

#include <napi.h>

#include <memory>

namespace cochlea {

struct StreamState;

// new Stream(source, options, cancellation, {frames, seconds, timeout})
//   read(): Promise<object>  the next piece; one at a time. `ended` is true in the last one.
//   close(): Promise<void>   frees everything; not while read() is pending.
class StreamHandle : public Napi::ObjectWrap<StreamHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit StreamHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<StreamState> state_;
};

}  // namespace cochlea
