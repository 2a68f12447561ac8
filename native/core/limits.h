// Caps on what one job may consume, and the switch that stops it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace cochlea {

// Infinity lifts a limit. Defaults live in lib/decode/limits.ts, where users read them.
struct Limits {
  double input_bytes = std::numeric_limits<double>::infinity();
  double seconds = std::numeric_limits<double>::infinity();
  double decoded_bytes = std::numeric_limits<double>::infinity();
  double channels = std::numeric_limits<double>::infinity();
  double min_sample_rate = 1;
  double max_sample_rate = std::numeric_limits<double>::infinity();
};

// Shared by the thread that wants a job to stop and the worker that runs it. The worker looks
// between packets, between output blocks and whenever FFmpeg asks for bytes.
class Cancellation {
 public:
  using Clock = std::chrono::steady_clock;

  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  // Set before the job is queued; milliseconds are kept for the error message.
  void set_deadline(double milliseconds);
  bool expired() const { return has_deadline_ && Clock::now() >= deadline_; }

  bool should_stop() const { return cancelled() || expired(); }
  // Throws kAborted, or kLimit with limit "timeout".
  void check() const;

 private:
  std::atomic<bool> cancelled_{false};
  bool has_deadline_ = false;
  double milliseconds_ = 0;
  Clock::time_point deadline_{};
};

}  // namespace cochlea
