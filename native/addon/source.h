// The JavaScript class Source: a file or bytes that many requests read.
#pragma once

#include <napi.h>

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "core/demuxing/idle_demuxer.h"
#include "core/demuxing/packet_index.h"
#include "core/source/byte_source.h"

namespace cochlea {

// The file is opened once, by the first request, and stays the same one even if its path is given to another.
class SharedSource {
 public:
  SharedSource(Napi::Env env, std::string path) : env_(env), path_(std::move(path)) {}
  SharedSource(Napi::Env env, std::span<const uint8_t> bytes) : env_(env), bytes_(bytes) {}
  // Main thread.
  ~SharedSource();
  SharedSource(const SharedSource&) = delete;
  SharedSource& operator=(const SharedSource&) = delete;

  // Pool thread. A view of its own, with a position of its own. Throws kSource.
  std::unique_ptr<ByteSource> open();
  // Main thread. Frees what is kept for later requests.
  void close();
  // Main thread, after a request: tells the garbage collector how much memory depends on this.
  void report_memory();

 private:
  Napi::Env env_;
  std::string path_;
  std::span<const uint8_t> bytes_;
  std::shared_ptr<PacketIndex> index_ = std::make_shared<PacketIndex>();
  std::shared_ptr<IdleDemuxer> idle_demuxer_ = std::make_shared<IdleDemuxer>();
  int64_t reported_ = 0;  // bytes
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
