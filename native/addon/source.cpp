#include "addon/source.h"

#include <utility>

namespace cochlea {

namespace {

const napi_type_tag& tag() {
  static const napi_type_tag tag = {0x51d0e4aa7c3b4f68, reinterpret_cast<uint64_t>(&tag)};
  return tag;
}

}  // namespace

std::unique_ptr<ByteSource> SharedSource::open() {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<ByteSource> source;
  if (path_.empty()) {
    source = std::make_unique<MemorySource>(bytes_);
  } else {
    if (!file_) file_.emplace(path_);
    source = file_->again();
  }
  source->keep_index(index_);
  return source;
}

Napi::Function SourceHandle::define(Napi::Env env) {
  return DefineClass(env, "Source", {InstanceMethod<&SourceHandle::close>("close")});
}

SourceHandle::SourceHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SourceHandle>(info) {
  info.This().As<Napi::Object>().TypeTag(&tag());
  if (info[0].IsString()) {
    source_ = std::make_shared<SharedSource>(info[0].As<Napi::String>().Utf8Value());
    return;
  }
  const auto view = info[0].As<Napi::Uint8Array>();
  view_ = Napi::Persistent(view.As<Napi::Object>());
  source_ = std::make_shared<SharedSource>(std::span<const uint8_t>(view.Data(), view.ByteLength()));
}

std::shared_ptr<SharedSource> SourceHandle::from(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&tag())) return nullptr;
  return Unwrap(value.As<Napi::Object>())->source_;
}

// Not view_: requests that were made before read those bytes, and hold this handle for them.
void SourceHandle::close(const Napi::CallbackInfo&) { source_.reset(); }

}  // namespace cochlea
