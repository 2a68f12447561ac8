// One request: one promise, steps on one pool thread at a time, and a way to stop.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addon/thread_pool.h"
#include "core/error.h"
#include "core/limits.h"

namespace cochlea {

class Environment;

// Note [Life of a job]
// 1. Main thread: made from JavaScript's arguments, given to the environment, which queues it.
// 2. Pool thread: step() runs. It touches no JavaScript value.
// 3. Main thread: after_step(). Either it asks for another step (the decode job allocates its result
//    in between) or it settles the promise.
// The environment owns the job from start to settlement, and destroys it on its own thread. Between 2
// and 3 the hand-over goes through the environment's thread-safe function.
// While step() sleeps for want of bytes from JavaScript, the job does not hold the event loop: the
// producer does, or there is none any more and the process may end. See Environment::step_stalled.
// Ending the environment cancels its jobs and waits for running steps, because they may write to
// memory that belongs to the environment.
class Job {
 public:
  Job(Environment& environment, std::shared_ptr<Cancellation> cancellation);
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Main thread.
  Napi::Promise promise() const { return deferred_.Promise(); }
  const Cancellation& cancellation() const { return *cancellation_; }
  // The pool's.
  Ticket& ticket() { return ticket_; }
  void cancel() { cancellation_->cancel(); }
  // For jobs that wait outside the pool: whether the wait was taken back, so that its end will not be reported.
  virtual bool withdraw() { return false; }
  // Whether the process stays alive for it.
  virtual bool holds_loop() const { return true; }
  // Whether its step sleeps until JavaScript gives it more.
  virtual bool starved() const { return false; }

  // What a pool thread tells the environment's thread. The job brings the memory for it.
  struct Word {
    Job& job;
    bool ended;
  };
  Word& ended() { return ended_; }
  Word& stalled() { return stalled_; }
  // The environment's: whether it holds the event loop now.
  bool held = false;

  // Pool thread, from step(): it is about to sleep.
  void report_stall();

  // Pool thread: step(), with every exception caught, then word to the main thread.
  void work_and_report();
  // Main thread: goes on or settles. True when the job is done.
  bool finish_step(Napi::Env env);
  // Main thread: settles a job that is not on the pool.
  void settle_failed(Napi::Env env, const AudioError& error);

 protected:
  // Pool thread. Throws AudioError.
  virtual void step() = 0;
  // Main thread, after a step that did not throw: the value to resolve with, or nothing to run
  // another step.
  virtual std::optional<Napi::Value> after_step(Napi::Env env) = 0;

  const Cancellation& stop() const { return *cancellation_; }
  // Pool thread: how many threads this step may use without taking any from other jobs.
  int idle_threads() const;
  // FFmpeg's messages, gathered by step().
  std::vector<std::string> log_;

 private:
  Napi::Value describe(Napi::Env env, const AudioError& error) const;

  Environment& environment_;
  std::shared_ptr<Cancellation> cancellation_;
  Ticket ticket_{*this};
  Napi::Promise::Deferred deferred_;
  std::optional<AudioError> error_;
  Word ended_{*this, true};
  Word stalled_{*this, false};
};

}  // namespace cochlea
