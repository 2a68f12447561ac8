// A condition variable that waits by the steady clock.
#pragma once

#include <pthread.h>

#include <chrono>
#include <mutex>

namespace cochlea {

// std::condition_variable waits by the clock on the wall: who sets that clock moves every deadline. To wait by the
// steady one it calls pthread_cond_clockwait(), which glibc has since 2.30; prebuilds run on 2.28, see Note [glibc
// floor]. The attribute that is used here is older than both.
class SteadyCondition {
 public:
  using Clock = std::chrono::steady_clock;

  SteadyCondition();
  ~SteadyCondition() { pthread_cond_destroy(&condition_); }
  SteadyCondition(const SteadyCondition&) = delete;
  SteadyCondition& operator=(const SteadyCondition&) = delete;

  void notify_all() noexcept { pthread_cond_broadcast(&condition_); }
  // Both may return early, as those of std::condition_variable.
  void wait(std::unique_lock<std::mutex>& lock) noexcept;
  void wait_until(std::unique_lock<std::mutex>& lock, Clock::time_point deadline) noexcept;

 private:
  pthread_cond_t condition_{};
};

}  // namespace cochlea
