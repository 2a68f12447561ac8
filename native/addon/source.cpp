#include "addon/source.h"

#include <utility>

namespace cochlea {

namespace {

const napi_type_tag& tag() {
  static const napi_type_tag tag = {0x51d0e4aa7c3b4f68, reinterpret_cast<uint64_t>(&tag)};
  return tag;
}

}  // namespace

SharedSource::~SharedSource() { close(); }

std::unique_ptr<ByteSource> SharedSource::open() {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<ByteSource> source;
  if (path_.empty()) {
    source = std::make_unique<MemorySource>(bytes_);
  } else {
    if (!file_) file_.emplace(path_);
    source = file_->again();
  }
  source->remember(index_, idle_demuxer_);
  return source;
}

void SharedSource::close() {
  idle_demuxer_->close();
  report_memory();
}

void SharedSource::report_memory() {
  const auto held = static_cast<int64_t>(idle_demuxer_->bytes());
  int64_t all = 0;
  // It fails for no reason but a missing argument; and this may run in a finalizer, which must not throw.
  if (held != reported_) napi_adjust_external_memory(env_, held - reported_, &all);
  reported_ = held;
}

Napi::Function SourceHandle::define(Napi::Env env) {
  return DefineClass(env, "Source", {InstanceMethod<&SourceHandle::close>("close")});
}

SourceHandle::SourceHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SourceHandle>(info) {
  info.This().As<Napi::Object>().TypeTag(&tag());
  if (info[0].IsString()) {
    source_ = std::make_shared<SharedSource>(info.Env(), info[0].As<Napi::String>().Utf8Value());
    return;
  }
  const auto view = info[0].As<Napi::Uint8Array>();
  view_ = Napi::Persistent(view.As<Napi::Object>());
  source_ = std::make_shared<SharedSource>(info.Env(), std::span<const uint8_t>(view.Data(), view.ByteLength()));
}

std::shared_ptr<SharedSource> SourceHandle::from(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&tag())) return nullptr;
  return Unwrap(value.As<Napi::Object>())->source_;
}

// Not view_: requests that were made before read those bytes, and hold this handle for them.
void SourceHandle::close(const Napi::CallbackInfo&) {
  if (source_) source_->close();
  source_.reset();
}

}  // namespace cochlea
