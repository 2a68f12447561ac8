#include "addon/transfer/map_file.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "addon/cancellation.h"
#include "addon/environment.h"
#include "core/transfer/mapped_file.h"

namespace cochlea {

namespace {

// Note [Who unmaps]
// V8 owns the mapping: the backing store of the ArrayBuffer, whose size V8 counts as it does that of any other. It lets
// go of it when the buffer is collected, when it is detached (then at once, unless a native call still holds the
// backing store), or when the environment ends; Node calls the finalizer, on the environment's thread.
class MapFileJob final : public Job {
 public:
  MapFileJob(Environment& environment, std::string path, size_t bytes, std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)), path_(std::move(path)), bytes_(bytes) {}

 protected:
  void step() override { file_.emplace(path_, bytes_); }

  std::optional<Napi::Value> after_step(Napi::Env env) override {
    const std::span<std::byte> bytes = file_->bytes();
    // No bytes are no mapping.
    if (bytes.empty()) return Napi::ArrayBuffer::New(env, size_t{0});
    napi_value value = nullptr;
    const napi_status status = napi_create_external_arraybuffer(
        env, bytes.data(), bytes.size(),
        [](napi_env, void* data, void* size) {
          MappedFile::unmap({static_cast<std::byte*>(data), reinterpret_cast<size_t>(size)});
        },
        reinterpret_cast<void*>(bytes.size()), &value);
    if (status == napi_ok) {
      static_cast<void>(file_->release());
      return Napi::ArrayBuffer(env, value);
    }
    // Electron allows no external buffers.
    Napi::ArrayBuffer copy = Napi::ArrayBuffer::New(env, bytes.size());
    std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>(copy.Data()));
    return copy;
  }

 private:
  std::string path_;
  size_t bytes_;
  std::optional<MappedFile> file_;
};

}  // namespace

Napi::Value map_file(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  const int64_t bytes = info[1].As<Napi::Number>().Int64Value();
  if (bytes < 0) throw Napi::TypeError::New(info.Env(), "cochlea: bytes must not be negative");
  return environment.start(std::make_unique<MapFileJob>(environment, info[0].As<Napi::String>().Utf8Value(),
                                                        static_cast<size_t>(bytes), CancellationHandle::from(info[2])));
}

void unmap(const Napi::CallbackInfo& info) {
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  if (!buffer.IsDetached()) buffer.Detach();
}

}  // namespace cochlea
