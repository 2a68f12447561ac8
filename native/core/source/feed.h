// Bytes that are still coming: a bounded queue from a producer's thread to the one thread that decodes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "core/source/byte_source.h"
#include "core/steady_condition.h"

namespace cochlea {

// Told before and after the decoding thread sleeps for want of bytes: the addon's pool then lets another job
// run meanwhile.
class BlockingRegion {
 public:
  virtual ~BlockingRegion() = default;
  virtual void begin() noexcept = 0;
  // `stopping`: only to say that it was stopped.
  virtual void end(bool stopping) noexcept = 0;
};

class Feed {
 public:
  // `max_bytes` caps all that is pushed: beyond it, reading fails with kLimit "inputBytes".
  // `folder` is where temporary files go, should one be needed.
  Feed(double max_bytes, std::string folder) : max_bytes_(max_bytes), folder_(std::move(folder)) {}

  // Producer's thread. Takes a copy, whatever its size. False: hold the next one back, see when_room(). Always so once
  // nothing more is wanted, or a producer that never waits would never hear of it.
  bool push(std::span<const uint8_t> bytes);
  // Producer's thread. The last byte was pushed; or there will be no more although the audio goes on.
  void end();
  void fail();
  // Producer's thread. Calls `call` once, from whichever thread makes room or ends the want of more: at once if that
  // is so already.
  void when_room(std::function<void()> call);
  // Producer's thread. Takes that back; false if it was called or is being called.
  bool forget_room();

  // Any thread. Nobody reads any more: what is pushed is thrown away.
  void close();
  // Whether more bytes would be read.
  bool wanted() const;

  // Decoding thread. The next bytes, as they were pushed; empty at the end. Waits for them, but not longer than
  // `cancellation` allows: then, and after an error, nothing is returned.
  std::optional<std::vector<uint8_t>> take(const Cancellation& cancellation, BlockingRegion& blocking);
  // What a take() that gave nothing failed with: the limit, or the producer's failure. Nothing when cancelled.
  std::optional<AudioError> failure() const;
  // Any thread. Bytes that can be taken now.
  size_t queued() const;
  // Any thread. Whether the reader sleeps, and nothing has come yet that wakes it up.
  bool starved() const;
  const std::string& folder() const { return folder_; }

 private:
  // What waits in the queue stays below this and one chunk more.
  static constexpr size_t kCapacity = 1024 * 1024;

  bool is_over() const { return closed_ || failed_ || over_limit_; }
  bool has_room() const { return !is_over() && queued_ < kCapacity; }
  bool has_news() const { return !chunks_.empty() || ended_ || is_over(); }
  void tell_room(std::unique_lock<std::mutex>& lock);

  const double max_bytes_;
  const std::string folder_;
  mutable std::mutex mutex_;
  SteadyCondition changed_;
  std::deque<std::vector<uint8_t>> chunks_;
  std::function<void()> on_room_;
  size_t queued_ = 0;
  double pushed_ = 0;
  bool ended_ = false;
  bool failed_ = false;
  bool over_limit_ = false;
  bool closed_ = false;
  bool sleeping_ = false;
};

// Note [Feeds]
// FFmpeg pulls: it calls for bytes and cannot be put aside until they are there. So the decoding thread sleeps in
// take() while a producer is slow. Most demuxers only go forward when they are told that they cannot seek; a
// window behind the position serves their small steps back. All is kept until the container is recognised
// (release()), because recognising it goes back to the start. Containers that must be read from their end
// (MP4 with its index behind the samples) are collected first, in memory and beyond kMemory in a temporary
// file, and then read as any file is (gather()).
class FeedSource final : public ByteSource {
 public:
  FeedSource(std::shared_ptr<Feed> feed, const Cancellation& cancellation, BlockingRegion& blocking)
      : feed_(std::move(feed)), cancellation_(cancellation), blocking_(blocking) {}
  // Closes the feed.
  ~FeedSource() override;
  FeedSource(const FeedSource&) = delete;
  FeedSource& operator=(const FeedSource&) = delete;

  int read(std::span<uint8_t> to) noexcept override;
  bool seek(int64_t position) noexcept override;
  int64_t position() const noexcept override;
  int64_t size() const noexcept override;
  bool seekable() const noexcept override { return gathered_ != nullptr; }
  size_t at_hand() const noexcept override;
  void release() noexcept override { holding_ = false; }
  Storage gather() override;
  std::optional<AudioError> failure() const override { return feed_->failure(); }

 private:
  bool pull();
  void forget_old() noexcept;
  int64_t end() const noexcept { return base_ + static_cast<int64_t>(window_.size()); }

  std::shared_ptr<Feed> feed_;
  const Cancellation& cancellation_;
  BlockingRegion& blocking_;
  std::vector<uint8_t> window_;
  int64_t base_ = 0;      // of the window
  int64_t position_ = 0;  // in the whole
  bool holding_ = true;
  bool gathering_ = false;
  bool ended_ = false;
  bool failed_ = false;
  std::unique_ptr<ByteSource> gathered_;
};

}  // namespace cochlea
