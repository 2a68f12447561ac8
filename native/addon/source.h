// The JavaScript class Source: a file or bytes that many requests read.
#pragma once

#include <napi.h>

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "core/byte_source.h"
#include "core/packet_index.h"

namespace cochlea {

// The file is opened once, by the first request, and stays the same one even if its path is given to another.
class SharedSource {
 public:
  explicit SharedSource(std::string path) : path_(std::move(path)) {}
  explicit SharedSource(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  // Pool thread. A view of its own, with a position of its own. Throws kSource.
  std::unique_ptr<ByteSource> open();

 private:
  std::string path_;
  std::span<const uint8_t> bytes_;
  std::shared_ptr<PacketIndex> index_ = std::make_shared<PacketIndex>();
  std::mutex mutex_;
  std::optional<FileSource> file_;
};

// new Source(path | Uint8Array)
//   close()  requests that were made before go on, and keep the file open until they end
class SourceHandle : public Napi::ObjectWrap<SourceHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  // Null when the value is not an instance from this copy of the addon.
  static std::shared_ptr<SharedSource> from(const Napi::Value& value);

  explicit SourceHandle(const Napi::CallbackInfo& info);

 private:
  void close(const Napi::CallbackInfo&);

  Napi::ObjectReference view_;
  std::shared_ptr<SharedSource> source_;
};

}  // namespace cochlea
