// The JavaScript classes OnnxModel and OnnxBinding: models of ONNX Runtime that run in memory of the caller.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/inference/onnx_model.h"

namespace cochlea {

// new OnnxModel(library: string, path: string, options: {threads, config})
//   inputs, outputs: {[name]: number[]}
//   release(): void; bindings go on
// Loading takes its time, on the thread of the caller.
class OnnxModelHandle : public Napi::ObjectWrap<OnnxModelHandle> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit OnnxModelHandle(const Napi::CallbackInfo& info);

  // Throws if `value` is none, or has been released.
  static const OnnxModel& from(const Napi::Value& value);

 private:
  Napi::Value inputs(const Napi::CallbackInfo& info);
  Napi::Value outputs(const Napi::CallbackInfo& info);
  void release(const Napi::CallbackInfo& info);
  const OnnxModel& model(Napi::Env env) const;

  std::optional<OnnxModel> model_;
};

// new OnnxBinding(model: OnnxModel, inputs: Tensor[], outputs: Tensor[]), of {name, data, dims}. Keeps the arrays,
// which must not be detached.
//   run(): void, on the thread of the caller
//   release(): void
class OnnxBindingHandle : public Napi::ObjectWrap<OnnxBindingHandle> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit OnnxBindingHandle(const Napi::CallbackInfo& info);

 private:
  void run(const Napi::CallbackInfo& info);
  void release(const Napi::CallbackInfo& info);

  std::optional<OnnxBinding> binding_;
  std::vector<Napi::ObjectReference> arrays_;
};

}  // namespace cochlea
