#include "core/steady_condition.h"

#include <system_error>

namespace cochlea {

SteadyCondition::SteadyCondition() {
  pthread_condattr_t attributes{};
  pthread_condattr_init(&attributes);
  // The clock of std::chrono::steady_clock.
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  const int failed = pthread_cond_init(&condition_, &attributes);
  pthread_condattr_destroy(&attributes);
  if (failed != 0) throw std::system_error(failed, std::system_category(), "cannot make a condition variable");
}

void SteadyCondition::wait(std::unique_lock<std::mutex>& lock) noexcept {
  pthread_cond_wait(&condition_, lock.mutex()->native_handle());
}

void SteadyCondition::wait_until(std::unique_lock<std::mutex>& lock, Clock::time_point deadline) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(deadline);
  const std::chrono::nanoseconds rest = deadline - seconds;
  const timespec until{static_cast<time_t>(seconds.time_since_epoch().count()), static_cast<long>(rest.count())};
  pthread_cond_timedwait(&condition_, lock.mutex()->native_handle(), &until);
}

}  // namespace cochlea
