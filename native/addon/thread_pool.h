// The threads on which all decoding happens: apart from libuv's four, so that long decodes never
// starve fs, dns and crypto.
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cochlea {

class BlockingRegion;
class Job;

// A job's place in the queue. The job brings the memory for it, so that queueing needs none; and the place is known, so
// that a job leaves the queue in no time: one signal may abort tens of thousands.
class Ticket {
 public:
  explicit Ticket(Job& job) : own_{&job}, at_(own_.begin()) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

 private:
  friend class ThreadPool;

  std::list<Job*> own_;  // empty while it is in the queue
  std::list<Job*>::iterator at_;
};

// Note [Threads that wait]
// A decode of a stream sleeps while its producer is slow. Such a thread does not count: it gives its place to
// another, which is started if need be, and takes a place again before it goes on. So as many threads as the
// pool has places are working at any time, however many producers stall; what a stalled one costs is a
// sleeping thread.

// One per process and copy of the addon, shared by all its environments (main thread and workers).
// Threads start with the first job and end with the last environment: the addon may be unloaded then.
class ThreadPool {
 public:
  // The running pool, or a new one.
  static std::shared_ptr<ThreadPool> shared();
  // How many threads the pool of this process has, or will have.
  static unsigned size();
  static void resize(unsigned threads);
  // Only as long as nobody, in no environment of this process, has said how many.
  static void propose_size(unsigned threads);

  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Any thread. First in, first out; a job that continues goes before those that have not started,
  // so that memory in flight stays that of the running ones. The caller keeps the job alive until it
  // reports the end of its step (or was removed): the pool owns nothing, because a job holds
  // references to JavaScript values and those may be dropped on their own thread only.
  void add(Job& job, bool continues);
  // Any thread. Whether the job was still waiting; then it will not run.
  bool remove(Job& job);

  // Places, steps that hold one, jobs that wait for one, steps that sleep for want of bytes.
  struct Load {
    size_t threads = 0;
    size_t running = 0;
    size_t waiting = 0;
    size_t stalled = 0;
  };
  Load load() const;

  // For the pool thread that calls it.
  static BlockingRegion& waiting();

 private:
  class Waiting;

  void set_places(unsigned threads);
  void work();
  void give_place();
  void take_place(bool stopping);
  void tell_of_place();

  mutable std::mutex mutex_;
  std::condition_variable available_;  // a job and a place for it
  std::condition_variable returned_;   // a place for a thread that has slept
  std::list<Job*> waiting_;
  size_t places_ = 1;
  size_t running_ = 0;
  size_t stalled_ = 0;
  size_t returning_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace cochlea
