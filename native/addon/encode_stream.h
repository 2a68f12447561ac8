// The JavaScript class EncodeStream: a file that is handed out while it is written.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "core/encoding/encoder.h"

namespace cochlea {

// What the handle and the job in flight share. `encoder` belongs to the job while `busy`, which is read and
// written on the main thread only.
struct EncodeStream {
  EncodeOptions options;
  std::optional<Encoder> encoder;
  bool busy = false;
  // Finished or failed: there is no more to write.
  bool ended = false;
};

// new EncodeStream(options: object)
//   write(samples: Float32Array, cancellation: Cancellation): Promise<{bytes, clipped}>
//   finish(cancellation: Cancellation): Promise<{bytes, clipped}>
// `bytes` are those ready since the last call; `clipped` counts from the start. One call at a time: another
// throws, and so does any after finish() or a failure.
class EncodeStreamHandle : public Napi::ObjectWrap<EncodeStreamHandle> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit EncodeStreamHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);
  void require_idle(Napi::Env env) const;

  std::shared_ptr<EncodeStream> stream_ = std::make_shared<EncodeStream>();
};

}  // namespace cochlea
