#include "addon/environment.h"

#include <string>
#include <system_error>
#include <utility>

namespace cochlea {

Environment::Environment(Napi::Env env) : env_(env) {
  const Napi::String name = Napi::String::New(env, "cochlea");
  const napi_status status =
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_word, &wake_);
  if (status != napi_ok) throw Napi::Error::New(env, "cannot create a thread-safe function");
  napi_unref_threadsafe_function(env, wake_);
  // Runs when the environment ends: process exit, worker exit, worker.terminate().
  napi_add_env_cleanup_hook(
      env, [](void* self) { static_cast<Environment*>(self)->close(); }, this);
}

Environment::~Environment() { jobs_.clear(); }

ThreadPool& Environment::pool() {
  if (!pool_) pool_ = ThreadPool::shared();
  return *pool_;
}

Napi::Promise Environment::start(std::unique_ptr<Job> job, bool first) {
  const Napi::Promise promise = job->promise();
  try {
    pool();
  } catch (const std::system_error& error) {
    job->settle_failed(env_,
                       AudioError(ErrorCode::kInternal, std::string("no thread can be started: ") + error.what()));
    return promise;
  }
  add_step(keep(std::move(job)), first);
  return promise;
}

Napi::Promise Environment::start_waiting(std::unique_ptr<Job> job) {
  const Napi::Promise promise = job->promise();
  keep(std::move(job));
  const std::lock_guard lock(mutex_);
  ++steps_;
  return promise;
}

Job& Environment::keep(std::unique_ptr<Job> job) {
  Job& kept = *job;
  hold(kept);
  by_cancellation_.emplace(&kept.cancellation(), &kept);
  jobs_.emplace(&kept, std::move(job));
  return kept;
}

void Environment::hold(Job& job) {
  if (!job.holds_loop() || std::exchange(job.held, true)) return;
  if (holding_++ == 0) napi_ref_threadsafe_function(env_, wake_);
}

void Environment::let_go(Job& job) {
  if (std::exchange(job.held, false) && --holding_ == 0) napi_unref_threadsafe_function(env_, wake_);
}

void Environment::add_step(Job& job, bool continues) {
  {
    const std::lock_guard lock(mutex_);
    ++steps_;
  }
  pool().add(job, continues);
}

void Environment::cancel(Cancellation& cancellation) {
  cancellation.cancel();
  const auto found = by_cancellation_.find(&cancellation);
  if (found == by_cancellation_.end()) return;
  Job& job = *found->second;
  // It may have been asleep: its end is worth waiting for.
  hold(job);
  if (!pool_ || !pool_->remove(job)) return;
  {
    const std::lock_guard lock(mutex_);
    --steps_;
  }
  job.settle_failed(env_, AudioError(ErrorCode::kAborted, "The operation was aborted"));
  forget(job);
}

void Environment::step_ended(Job& job) {
  // The lock spans the call: close() releases the function only after the last step ended.
  const std::lock_guard lock(mutex_);
  napi_call_threadsafe_function(wake_, &job.ended(), napi_tsfn_nonblocking);
  --steps_;
  idle_.notify_all();
}

// Words arrive in the order in which they were sent, so that the job is still there: its end is the last of them.
void Environment::step_stalled(Job& job) {
  const std::lock_guard lock(mutex_);
  napi_call_threadsafe_function(wake_, &job.stalled(), napi_tsfn_nonblocking);
}

void Environment::on_word(napi_env env, napi_value, void* context, void* data) {
  // A null env means that the environment is ending: close() has taken the jobs.
  if (env == nullptr) return;
  auto& environment = *static_cast<Environment*>(context);
  auto& [job, ended] = *static_cast<Job::Word*>(data);
  if (!ended) {
    // Bytes that came, or a cancellation, while the word was on its way made it hold the loop again.
    if (job.starved() && !job.cancellation().should_stop()) environment.let_go(job);
    return;
  }
  try {
    const Napi::HandleScope scope(env);
    environment.finish_step(job);
  } catch (const std::exception&) {
    // worker.terminate() has begun, so that no JavaScript value can be made any more; or there is no memory for one.
    // close() drops the job. The caller is C: nothing is thrown through it.
  }
}

void Environment::finish_step(Job& job) {
  if (job.finish_step(env_)) {
    forget(job);
  } else {
    // It may have been let go in its first step, which ended by itself.
    hold(job);
    add_step(job, true);
  }
}

void Environment::forget(Job& job) {
  let_go(job);
  by_cancellation_.erase(&job.cancellation());
  jobs_.erase(&job);
}

// Running steps stop at their next look at the cancellation, within some 50 ms: waiting for them here
// is what makes it safe that they write to memory of this environment.
void Environment::close() {
  for (const auto& [address, job] : jobs_) job->cancel();
  size_t removed = 0;
  for (const auto& [address, job] : jobs_) removed += job->withdraw() || (pool_ && pool_->remove(*job)) ? 1 : 0;
  {
    std::unique_lock lock(mutex_);
    steps_ -= removed;
    idle_.wait(lock, [this] { return steps_ == 0; });
  }
  by_cancellation_.clear();
  jobs_.clear();
  napi_release_threadsafe_function(std::exchange(wake_, nullptr), napi_tsfn_abort);
  pool_.reset();
}

}  // namespace cochlea
