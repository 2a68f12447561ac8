#include "core/limits.h"

#include <utility>

#include "core/error.h"

namespace cochlea {

void Cancellation::cancel() {
  cancelled_.store(true, std::memory_order_relaxed);
  const std::lock_guard lock(wake_mutex_);
  if (wake_) wake_();
}

Cancellation::Waker::Waker(const Cancellation& cancellation, std::function<void()> wake) : cancellation_(cancellation) {
  const std::lock_guard lock(cancellation_.wake_mutex_);
  cancellation_.wake_ = std::move(wake);
}

Cancellation::Waker::~Waker() {
  const std::lock_guard lock(cancellation_.wake_mutex_);
  cancellation_.wake_ = nullptr;
}

void Cancellation::wait(std::unique_lock<std::mutex>& lock, SteadyCondition& changed,
                        const std::function<bool()>& done) const {
  const Clock::rep deadline = deadline_.load(std::memory_order_relaxed);
  while (!done() && !should_stop()) {
    if (deadline == kNever) {
      changed.wait(lock);
    } else {
      changed.wait_until(lock, Clock::time_point(Clock::duration(deadline)));
    }
  }
}

void Cancellation::set_deadline(double milliseconds) {
  // Past what the clock can count: no deadline.
  constexpr double kCenturyMilliseconds = 100 * 365.25 * 24 * 3600 * 1000;
  if (!(milliseconds < kCenturyMilliseconds)) return;
  milliseconds_ = milliseconds;
  const auto span =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(milliseconds));
  deadline_.store((Clock::now() + span).time_since_epoch().count(), std::memory_order_relaxed);
}

void Cancellation::check() const {
  if (cancelled()) throw AudioError(ErrorCode::kAborted, "The operation was aborted");
  if (!expired()) return;
  const std::chrono::duration<double, std::milli> over =
      Clock::now().time_since_epoch() - Clock::duration(deadline_.load(std::memory_order_relaxed));
  throw AudioError::limit("timeout", milliseconds_, milliseconds_ + over.count(),
                          "it took longer than the timeout allows");
}

}  // namespace cochlea
