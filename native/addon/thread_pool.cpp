#include "addon/thread_pool.h"

#include <algorithm>
#include <system_error>

#include "addon/job.h"

namespace cochlea {

std::shared_ptr<ThreadPool> ThreadPool::shared(unsigned threads) {
  static std::mutex mutex;
  static std::weak_ptr<ThreadPool> current;
  const std::lock_guard lock(mutex);
  std::shared_ptr<ThreadPool> pool = current.lock();
  if (!pool) {
    pool = std::make_shared<ThreadPool>(threads);
    current = pool;
  }
  return pool;
}

ThreadPool::ThreadPool(unsigned threads) {
  threads_.reserve(std::max(threads, 1u));
  try {
    for (unsigned i = 0; i < std::max(threads, 1u); ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // The system gives no more threads: those that there are do the work.
    if (threads_.empty()) throw;
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  available_.notify_all();
}

void ThreadPool::add(Job& job, bool continues) {
  {
    const std::lock_guard lock(mutex_);
    if (continues) {
      waiting_.push_front(&job);
    } else {
      waiting_.push_back(&job);
    }
  }
  available_.notify_one();
}

bool ThreadPool::remove(const Job& job) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(waiting_.begin(), waiting_.end(), &job);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

ThreadPool::Load ThreadPool::load() const {
  const std::lock_guard lock(mutex_);
  return {threads_.size(), running_, waiting_.size()};
}

// Pool threads only.
void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    available_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Job* const job = waiting_.front();
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    // Once it has reported, the job belongs to its environment again and may be gone.
    job->work_and_report();
    lock.lock();
    --running_;
  }
}

}  // namespace cochlea
