#include "core/limits.h"

#include "core/error.h"

namespace cochlea {

void Cancellation::set_deadline(double milliseconds) {
  // Past what the clock can count: no deadline.
  constexpr double kCenturyMilliseconds = 100 * 365.25 * 24 * 3600 * 1000;
  if (!(milliseconds < kCenturyMilliseconds)) return;
  has_deadline_ = true;
  milliseconds_ = milliseconds;
  deadline_ = Clock::now() +
              std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(milliseconds));
}

void Cancellation::check() const {
  if (cancelled()) throw AudioError(ErrorCode::kAborted, "The operation was aborted");
  if (!expired()) return;
  const std::chrono::duration<double, std::milli> over = Clock::now() - deadline_;
  throw AudioError::limit("timeout", milliseconds_, milliseconds_ + over.count(),
                          "it took longer than the timeout allows");
}

}  // namespace cochlea
