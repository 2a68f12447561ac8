// The JavaScript class Feed: the end of a feed that its producer holds.
#pragma once

#include <napi.h>

#include <memory>

#include "core/feed.h"

namespace cochlea {

// new Feed(maxBytes, temporaryFolder): a source for one decode.
//   push(bytes): boolean    false: wait for room() before the next one
//   room(): Promise<boolean>  true when there is room, false when nothing more is wanted; one at a time
//   end(), fail()           no more bytes: the source is complete, or it broke
//   close()                 from the reader's side: it will not be read, or not any more
class FeedHandle : public Napi::ObjectWrap<FeedHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  // Null when the value is not an instance from this copy of the addon.
  static std::shared_ptr<Feed> from(const Napi::Value& value);

  explicit FeedHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value push(const Napi::CallbackInfo& info);
  Napi::Value room(const Napi::CallbackInfo& info);
  void end(const Napi::CallbackInfo&) { feed_->end(); }
  void fail(const Napi::CallbackInfo&) { feed_->fail(); }
  void close(const Napi::CallbackInfo&) { feed_->close(); }

  std::shared_ptr<Feed> feed_;
};

}  // namespace cochlea
