// The JavaScript class Feed: the end of a feed that its producer holds.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <utility>

#include "addon/thread_pool.h"
#include "core/source/feed.h"

namespace cochlea {

class Job;

// What both ends of a feed share. `reader` is set and cleared on the main thread, between steps of that job.
class FeedLink final : public BlockingRegion {
 public:
  FeedLink(double max_bytes, std::string folder) : feed(std::make_shared<Feed>(max_bytes, std::move(folder))) {}

  // Pool thread: the reader's step is about to sleep, and has slept.
  void begin() noexcept override;
  void end(bool stopping) noexcept override;

  const std::shared_ptr<Feed> feed;
  Job* reader = nullptr;
};

// new Feed(maxBytes, temporaryFolder): a source for one decode.
//   push(bytes): boolean    false: wait for room() before the next one
//   room(): Promise<boolean>  true when there is room, false when nothing more is wanted; one at a time
//   end(), fail()           no more bytes: the source is complete, or it broke
//   close()                 from the reader's side: it will not be read, or not any more
class FeedHandle : public Napi::ObjectWrap<FeedHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  // Null when the value is not an instance from this copy of the addon.
  static std::shared_ptr<FeedLink> from(const Napi::Value& value);

  explicit FeedHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value push(const Napi::CallbackInfo& info);
  Napi::Value room(const Napi::CallbackInfo& info);
  void end(const Napi::CallbackInfo& info);
  void fail(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  // The reader has something to do: the process waits for it.
  void wake_reader(Napi::Env env) const;

  std::shared_ptr<FeedLink> link_;
};

}  // namespace cochlea
