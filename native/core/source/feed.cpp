#include "core/source/feed.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/ffmpeg.h"
#include "core/source/temporary_file.h"

namespace cochlea {

namespace {

// Demuxers step back by a header or two.
constexpr size_t kWindow = 256 * 1024;
constexpr size_t kBlock = 64 * 1024;
// Dropping moves what stays: not with each chunk.
constexpr size_t kWindowSlack = 1024 * 1024;
// What recognising a container may keep: a tag with pictures.
constexpr size_t kMostHeld = 16 * 1024 * 1024;
constexpr size_t kMemory = 32 * 1024 * 1024;

}  // namespace

bool Feed::push(std::span<const uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_ || ended_ || bytes.empty()) return has_room();
  pushed_ += static_cast<double>(bytes.size());
  if (pushed_ > max_bytes_) {
    over_limit_ = true;
    chunks_.clear();
    queued_ = 0;
  } else {
    // Small ones share a block: each alone would cost some sixty bytes more.
    if (!chunks_.empty() && chunks_.back().size() + bytes.size() <= kBlock) {
      chunks_.back().insert(chunks_.back().end(), bytes.begin(), bytes.end());
    } else {
      chunks_.emplace_back(bytes.begin(), bytes.end());
    }
    queued_ += bytes.size();
  }
  changed_.notify_all();
  return has_room();
}

void Feed::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void Feed::fail() {
  std::unique_lock lock(mutex_);
  failed_ = true;
  changed_.notify_all();
  tell_room(lock);
}

void Feed::when_room(std::function<void()> call) {
  std::unique_lock lock(mutex_);
  on_room_ = std::move(call);
  tell_room(lock);
}

bool Feed::forget_room() {
  const std::lock_guard lock(mutex_);
  return std::exchange(on_room_, nullptr) != nullptr;
}

void Feed::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  chunks_.clear();
  queued_ = 0;
  changed_.notify_all();
  tell_room(lock);
}

bool Feed::wanted() const {
  const std::lock_guard lock(mutex_);
  return !is_over();
}

size_t Feed::queued() const {
  const std::lock_guard lock(mutex_);
  return queued_;
}

bool Feed::starved() const {
  const std::lock_guard lock(mutex_);
  return sleeping_ && !has_news();
}

void Feed::tell_room(std::unique_lock<std::mutex>& lock) {
  if (!on_room_ || (!is_over() && !has_room())) return;
  const std::function<void()> call = std::exchange(on_room_, nullptr);
  lock.unlock();
  call();
}

std::optional<std::vector<uint8_t>> Feed::take(const Cancellation& cancellation, BlockingRegion& blocking) {
  const Cancellation::Waker waker(cancellation, [this] {
    // The lock: a waiting thread either sees the cancellation before it sleeps, or is asleep and wakes up.
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  if (!has_news() && !cancellation.should_stop()) {
    sleeping_ = true;
    lock.unlock();
    blocking.begin();
    lock.lock();
    cancellation.wait(lock, changed_, [this] { return has_news(); });
    sleeping_ = false;
    lock.unlock();
    blocking.end(cancellation.should_stop());
    lock.lock();
  }
  if (is_over() || cancellation.should_stop()) return std::nullopt;
  if (chunks_.empty()) return ended_ ? std::optional(std::vector<uint8_t>()) : std::nullopt;
  std::vector<uint8_t> chunk = std::move(chunks_.front());
  chunks_.pop_front();
  queued_ -= chunk.size();
  tell_room(lock);
  return chunk;
}

std::optional<AudioError> Feed::failure() const {
  const std::lock_guard lock(mutex_);
  if (over_limit_) {
    return AudioError::limit("inputBytes", max_bytes_, pushed_, "the source is larger than the limit");
  }
  if (failed_) return AudioError(ErrorCode::kSource, "the stream failed before its end");
  if (closed_) return AudioError(ErrorCode::kAborted, "The operation was aborted");
  return std::nullopt;
}

FeedSource::~FeedSource() { feed_->close(); }

// Waits for the next chunk; false at the end or when there is none (failed_).
bool FeedSource::pull() {
  if (ended_ || failed_) return false;
  std::optional<std::vector<uint8_t>> chunk = feed_->take(cancellation_, blocking_);
  if (!chunk) {
    failed_ = true;
    return false;
  }
  if (chunk->empty()) {
    ended_ = true;
    return false;
  }
  forget_old();
  if (window_.empty()) {
    window_ = std::move(*chunk);
  } else {
    window_.insert(window_.end(), chunk->begin(), chunk->end());
  }
  return true;
}

void FeedSource::forget_old() noexcept {
  if (gathering_ || (holding_ && window_.size() < kMostHeld)) return;
  const auto behind = static_cast<size_t>(std::clamp<int64_t>(position_ - base_, 0, end() - base_));
  if (behind < kWindow + kWindowSlack) return;
  const size_t old = behind - kWindow;
  window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(old));
  base_ += static_cast<int64_t>(old);
}

int FeedSource::read(std::span<uint8_t> to) noexcept {
  if (gathered_) return gathered_->read(to);
  try {
    while (position_ >= end()) {
      if (pull()) continue;
      return failed_ ? AVERROR_EXIT : 0;
    }
  } catch (const std::bad_alloc&) {
    return AVERROR(ENOMEM);
  }
  if (position_ < base_) return AVERROR(ESPIPE);
  const auto offset = static_cast<size_t>(position_ - base_);
  const size_t count = std::min(to.size(), window_.size() - offset);
  std::memcpy(to.data(), window_.data() + offset, count);
  position_ += static_cast<int64_t>(count);
  return static_cast<int>(count);
}

bool FeedSource::seek(int64_t position) noexcept {
  if (gathered_) return gathered_->seek(position);
  // Forward, the bytes between are read when they come.
  if (position < base_) return false;
  position_ = position;
  return true;
}

int64_t FeedSource::position() const noexcept { return gathered_ ? gathered_->position() : position_; }

int64_t FeedSource::size() const noexcept {
  if (gathered_) return gathered_->size();
  return ended_ ? end() : kUnknownSize;
}

size_t FeedSource::at_hand() const noexcept {
  if (gathered_ || ended_) return SIZE_MAX;
  return static_cast<size_t>(std::max<int64_t>(0, end() - position_)) + feed_->queued();
}

Storage FeedSource::gather() {
  if (base_ > 0) throw AudioError(ErrorCode::kSource, "the start of the stream is no longer there");
  gathering_ = true;
  std::optional<TemporaryFile> file;
  while (true) {
    if (window_.size() > kMemory) {
      if (!file) file.emplace(feed_->folder());
      file->append(window_);
      window_.clear();
    }
    if (!pull()) break;
  }
  if (failed_) {
    cancellation_.check();
    throw feed_->failure().value_or(AudioError(ErrorCode::kSource, "the stream failed before its end"));
  }
  if (!file) {
    gathered_ = std::make_unique<MemorySource>(window_);
    return Storage::kMemory;
  }
  file->append(window_);
  window_ = {};
  gathered_ = file->release();
  return Storage::kFile;
}

}  // namespace cochlea
