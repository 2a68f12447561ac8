#include "addon/thread_pool.h"

#include <algorithm>
#include <system_error>

#include "addon/job.h"
#include "core/source/feed.h"

namespace cochlea {

namespace {

// Of the process, whichever environment asks.
struct SharedPool {
  std::mutex mutex;
  std::weak_ptr<ThreadPool> pool;
  unsigned threads = 0;  // 0: nobody has said
};

SharedPool& shared_pool() {
  static SharedPool shared;
  return shared;
}

}  // namespace

std::shared_ptr<ThreadPool> ThreadPool::shared() {
  SharedPool& shared = shared_pool();
  const std::lock_guard lock(shared.mutex);
  std::shared_ptr<ThreadPool> pool = shared.pool.lock();
  if (!pool) {
    pool = std::make_shared<ThreadPool>(shared.threads);
    shared.pool = pool;
  }
  return pool;
}

unsigned ThreadPool::size() {
  const std::lock_guard lock(shared_pool().mutex);
  return shared_pool().threads;
}

void ThreadPool::resize(unsigned threads) {
  SharedPool& shared = shared_pool();
  const std::lock_guard lock(shared.mutex);
  shared.threads = threads;
  if (const std::shared_ptr<ThreadPool> pool = shared.pool.lock()) pool->set_places(threads);
}

void ThreadPool::propose_size(unsigned threads) {
  SharedPool& shared = shared_pool();
  const std::lock_guard lock(shared.mutex);
  if (shared.threads == 0) shared.threads = threads;
}

namespace {

// The pool whose thread this is.
thread_local ThreadPool* current_pool = nullptr;

}  // namespace

class ThreadPool::Waiting final : public BlockingRegion {
 public:
  void begin() noexcept override { current_pool->give_place(); }
  void end(bool stopping) noexcept override { current_pool->take_place(stopping); }
};

BlockingRegion& ThreadPool::waiting() {
  static Waiting waiting;
  return waiting;
}

ThreadPool::ThreadPool(unsigned threads) : places_(std::max(threads, 1u)) {
  threads_.reserve(places_);
  try {
    for (size_t i = 0; i < places_; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // The system gives no more threads: those that there are do the work.
    if (threads_.empty()) throw;
    places_ = threads_.size();
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  available_.notify_all();
}

// Fewer: steps that run go on, and threads without a place sleep. More: see the constructor.
void ThreadPool::set_places(unsigned threads) {
  {
    const std::lock_guard lock(mutex_);
    places_ = std::max(threads, 1u);
    try {
      while (threads_.size() < places_ + stalled_) threads_.emplace_back([this] { work(); });
    } catch (const std::exception&) {
      // The system gives no more threads: those that there are do the work.
    }
  }
  available_.notify_all();
  returned_.notify_all();
}

void ThreadPool::add(Job& job, bool continues) {
  {
    const std::lock_guard lock(mutex_);
    Ticket& ticket = job.ticket();
    waiting_.splice(continues ? waiting_.begin() : waiting_.end(), ticket.own_);
  }
  available_.notify_one();
}

bool ThreadPool::remove(Job& job) {
  const std::lock_guard lock(mutex_);
  Ticket& ticket = job.ticket();
  if (!ticket.own_.empty()) return false;
  ticket.own_.splice(ticket.own_.begin(), waiting_, ticket.at_);
  return true;
}

ThreadPool::Load ThreadPool::load() const {
  const std::lock_guard lock(mutex_);
  return {places_, running_, waiting_.size(), stalled_};
}

// Pool thread: it is about to sleep.
void ThreadPool::give_place() {
  const std::lock_guard lock(mutex_);
  --running_;
  ++stalled_;
  // One for each place, beside those that sleep. None is given back: the next stall finds it.
  if (threads_.size() < places_ + stalled_) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::exception&) {
      // No thread to be had: jobs wait until one wakes up.
    }
  }
  tell_of_place();
}

// Pool thread: it has slept. It goes before jobs that have not started; one that only has to say that it was stopped
// needs no place.
void ThreadPool::take_place(bool stopping) {
  std::unique_lock lock(mutex_);
  --stalled_;
  ++returning_;
  if (!stopping) returned_.wait(lock, [this] { return running_ < places_; });
  --returning_;
  ++running_;
  // It may have been told of two places at once.
  if (!waiting_.empty() && running_ + returning_ < places_) available_.notify_one();
}

void ThreadPool::tell_of_place() {
  if (returning_ > 0) {
    returned_.notify_one();
  } else {
    available_.notify_one();
  }
}

// Pool threads only.
void ThreadPool::work() {
  current_pool = this;
  std::unique_lock lock(mutex_);
  while (true) {
    available_.wait(lock, [this] { return stopping_ || (!waiting_.empty() && running_ + returning_ < places_); });
    if (stopping_) return;
    Job* const job = waiting_.front();
    std::list<Job*>& own = job->ticket().own_;
    own.splice(own.begin(), waiting_, waiting_.begin());
    ++running_;
    lock.unlock();
    // Once it has reported, the job belongs to its environment again and may be gone.
    job->work_and_report();
    lock.lock();
    --running_;
    tell_of_place();
  }
}

}  // namespace cochlea
