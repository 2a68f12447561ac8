// Caps on what one job may consume, and the switch that stops it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>

#include "core/steady_condition.h"

namespace cochlea {

// Infinity lifts a limit. Defaults live in lib/decode/limits.ts, where users read them.
struct Limits {
  double input_bytes = std::numeric_limits<double>::infinity();
  double seconds = std::numeric_limits<double>::infinity();
  double decoded_bytes = std::numeric_limits<double>::infinity();
  double channels = std::numeric_limits<double>::infinity();
  double streams = std::numeric_limits<double>::infinity();  // of audio
  double min_sample_rate = 1;
  double max_sample_rate = std::numeric_limits<double>::infinity();
};

// Shared by the thread that wants a job to stop and the worker that runs it. The worker looks
// between packets, between output blocks and whenever FFmpeg asks for bytes.
class Cancellation {
 public:
  using Clock = std::chrono::steady_clock;

  void cancel();
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  // From now on; milliseconds are kept for the error message. Not while a job's step runs: streams set it anew
  // between two of them.
  void set_deadline(double milliseconds);
  bool expired() const {
    const Clock::rep deadline = deadline_.load(std::memory_order_relaxed);
    return deadline != kNever && Clock::now().time_since_epoch().count() >= deadline;
  }

  bool should_stop() const { return cancelled() || expired(); }
  // Throws kAborted, or kLimit with limit "timeout".
  void check() const;

  // Calls `wake` from cancel(), on its thread, while this lives. One at a time.
  class Waker {
   public:
    Waker(const Cancellation& cancellation, std::function<void()> wake);
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

   private:
    const Cancellation& cancellation_;
  };
  // Sleeps until `done` holds or the job should stop. A Waker must notify `changed`.
  void wait(std::unique_lock<std::mutex>& lock, SteadyCondition& changed, const std::function<bool()>& done) const;

 private:
  static constexpr Clock::rep kNever = std::numeric_limits<Clock::rep>::max();

  std::atomic<bool> cancelled_{false};
  std::atomic<double> milliseconds_{0};
  // A stream's decoding threads may look at it while the main thread sets it.
  std::atomic<Clock::rep> deadline_{kNever};
  mutable std::mutex wake_mutex_;
  mutable std::function<void()> wake_;
};

}  // namespace cochlea
