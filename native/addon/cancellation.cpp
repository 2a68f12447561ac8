#include "addon/cancellation.h"

#include "addon/environment.h"

namespace cochlea {

namespace {

// Handles of another class, or of another copy of the addon in this process, must not be unwrapped as
// ours: each copy has an address of its own in its tag.
const napi_type_tag& tag() {
  static const napi_type_tag tag = {0x6f9d3c1be14a4c0a, reinterpret_cast<uint64_t>(&tag)};
  return tag;
}

}  // namespace

Napi::Function CancellationHandle::define(Napi::Env env) {
  return DefineClass(env, "Cancellation", {InstanceMethod<&CancellationHandle::cancel>("cancel")});
}

CancellationHandle::CancellationHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<CancellationHandle>(info) {
  info.This().As<Napi::Object>().TypeTag(&tag());
  if (info[0].IsNumber()) cancellation_->set_deadline(info[0].As<Napi::Number>().DoubleValue());
}

std::shared_ptr<Cancellation> CancellationHandle::from(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&tag())) {
    throw Napi::TypeError::New(value.Env(), "cochlea: not a Cancellation of this addon");
  }
  return Unwrap(value.As<Napi::Object>())->cancellation_;
}

void CancellationHandle::cancel(const Napi::CallbackInfo& info) {
  info.Env().GetInstanceData<Environment>()->cancel(*cancellation_);
}

}  // namespace cochlea
