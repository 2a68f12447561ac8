#include "addon/job.h"

#include <algorithm>
#include <new>
#include <utility>

#include "addon/environment.h"
#include "core/ffmpeg.h"

namespace cochlea {

Job::Job(Environment& environment, std::shared_ptr<Cancellation> cancellation)
    : environment_(environment), cancellation_(std::move(cancellation)), deferred_(environment.env()) {}

void Job::work_and_report() {
  {
    const LogScope scope(log_);
    try {
      cancellation_->check();
      step();
    } catch (AudioError& error) {
      // Not copied: that may need memory, and there may be none.
      error_ = std::move(error);
    } catch (const std::bad_alloc&) {
      error_ = AudioError(ErrorCode::kInternal, "out of memory");
    } catch (const std::exception& error) {
      error_ = AudioError(ErrorCode::kInternal, error.what());
    }
  }
  environment_.step_ended(*this);
}

void Job::report_stall() { environment_.step_stalled(*this); }

// The environment keeps the pool while a step runs: reading it here needs no lock.
int Job::idle_threads() const {
  const ThreadPool::Load load = environment_.pool().load();
  return load.waiting > 0 ? 1 : static_cast<int>(load.threads - std::min(load.threads, load.running)) + 1;
}

bool Job::finish_step(Napi::Env env) {
  if (error_) {
    deferred_.Reject(describe(env, *error_));
    return true;
  }
  try {
    const std::optional<Napi::Value> result = after_step(env);
    if (!result) return false;
    deferred_.Resolve(*result);
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  } catch (const AudioError& error) {
    deferred_.Reject(describe(env, error));
  } catch (const std::bad_alloc&) {
    deferred_.Reject(describe(env, AudioError(ErrorCode::kInternal, "out of memory")));
  }
  return true;
}

void Job::settle_failed(Napi::Env env, const AudioError& error) { deferred_.Reject(describe(env, error)); }

// A plain object: lib/native/job.ts turns it into an error of the right class, with the caller's stack.
Napi::Value Job::describe(Napi::Env env, const AudioError& error) const {
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", name_of(error.code()));
  std::string message = error.what();
  // FFmpeg's first complaint says why bytes are not understood; for the other codes it is noise.
  const bool about_bytes = error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupportedCodec ||
                           error.code() == ErrorCode::kUnsupportedContainer || error.code() == ErrorCode::kEmpty;
  if (!log_.empty() && about_bytes) message += " (" + log_.front() + ")";
  object.Set("message", message);
  if (error.code() == ErrorCode::kLimit) {
    object.Set("limit", error.limit_name());
    object.Set("max", error.max());
    object.Set("actual", error.actual());
  }
  if (error.system_error() != 0) object.Set("errno", error.system_error());
  if (error.is_form()) object.Set("form", true);
  return object;
}

}  // namespace cochlea
