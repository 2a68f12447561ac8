// What one JavaScript environment (the main thread, or one worker) has running in the addon.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "addon/job.h"
#include "addon/thread_pool.h"

namespace cochlea {

// Instance data of the addon. All members run on the environment's own thread, except step_ended().
class Environment {
 public:
  explicit Environment(Napi::Env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  Napi::Env env() const { return env_; }
  ThreadPool& pool();

  // Queues a job and keeps it, and the event loop, alive until it settles.
  // `first`: before the jobs that have not started.
  Napi::Promise start(std::unique_ptr<Job> job, bool first = false);
  // The same for a job that waits for something outside the pool, which calls step_ended().
  Napi::Promise start_waiting(std::unique_ptr<Job> job);
  // Stops the jobs of one cancellation: those still queued settle at once.
  void cancel(Cancellation& cancellation);

  // Any thread: the job's step is over; its second half runs on the environment's thread.
  void step_ended(Job& job);
  // Pool thread: the step sleeps until JavaScript gives it more. If it still does when the environment's thread hears
  // of it, the job holds the event loop no longer.
  void step_stalled(Job& job);
  // It was given more, and holds the event loop again.
  void hold(Job& job);

 private:
  static void on_word(napi_env env, napi_value callback, void* context, void* data);
  Job& keep(std::unique_ptr<Job> job);
  void let_go(Job& job);
  void finish_step(Job& job);
  void forget(Job& job);
  void add_step(Job& job, bool continues);
  void close();

  Napi::Env env_;
  std::shared_ptr<ThreadPool> pool_;
  napi_threadsafe_function wake_ = nullptr;
  std::map<const Job*, std::unique_ptr<Job>> jobs_;
  size_t holding_ = 0;  // of them, those that hold the loop
  // One signal may abort thousands of jobs in one turn of the event loop: no search through all for each.
  std::map<const Cancellation*, Job*> by_cancellation_;

  // Steps that are queued or running on the pool. Guards the end of the environment.
  std::mutex mutex_;
  std::condition_variable idle_;
  size_t steps_ = 0;
};

}  // namespace cochlea
