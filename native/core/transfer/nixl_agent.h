// An agent of NIXL on a thread of its own.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/steady_condition.h"
#include "core/transfer/arena.h"
#include "core/transfer/nixl_session.h"

namespace cochlea {

// Whoever waits for a transfer. Called on the agent's thread; of an agent that was closed, on the caller's of start().
class NixlWaiter {
 public:
  virtual ~NixlWaiter() = default;
  virtual bool should_stop() const = 0;
  // Once, and the last call.
  virtual void ended(std::optional<AudioError> error) = 0;
};

// Note [The agent's thread]
// The library has no thread of its own here: with its shortest delay, the default, that burns half a core when idle.
// All calls into it are made by one thread of ours. It looks for messages and at transfers every 10 ms, more often
// while a slot is offered to peers or a transfer runs. Nobody waits for it but open() and close().
class NixlAgent {
 public:
  struct Options {
    std::string library;
    std::string name;
    size_t arena_bytes = 0;
  };
  // `listener` is called on the agent's thread.
  NixlAgent(Options options, std::function<void(std::vector<NixlMessage>)> listener);
  // As close().
  ~NixlAgent();
  NixlAgent(const NixlAgent&) = delete;
  NixlAgent& operator=(const NixlAgent&) = delete;

  // Any thread but its own, once. Takes half a second. Throws kTransferUnavailable, kTransferFailed. The agent's
  // metadata.
  std::string open();
  // Any thread. Afterwards `waiter` hears of its end, whatever happens.
  void start(NixlTransfer transfer, NixlWaiter& waiter);
  // Any thread but its own, any number of times. Transfers end as failed; no listener or waiter is called afterwards.
  void close();

  // Null before open() and after close(). Its slots stay valid.
  std::shared_ptr<Arena> arena() const;

 private:
  struct Running {
    std::unique_ptr<NixlSession::Request> request;
    NixlWaiter* waiter;  // null: it is only to be cancelled
  };
  struct Waiting {
    NixlTransfer transfer;
    NixlWaiter* waiter;
  };

  void run(std::promise<std::string> opened);
  void serve(NixlSession& session);
  // Whether there is more to do.
  bool wait_for_work(std::vector<Waiting>& started, bool running);
  static void begin(NixlSession& session, Waiting waiting, std::vector<Running>& running);
  static bool look_at(Running& running);
  static void end(std::vector<Running>& running);

  const Options options_;
  const std::function<void(std::vector<NixlMessage>)> listener_;

  std::mutex life_mutex_;  // of open() and close()
  std::thread thread_;

  mutable std::mutex mutex_;
  SteadyCondition changed_;
  std::vector<Waiting> waiting_;
  std::shared_ptr<Arena> arena_;
  bool stopping_ = false;
};

}  // namespace cochlea
