#include "core/transfer/nixl_agent.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

namespace cochlea {

namespace {

using std::chrono::microseconds;

// A look costs 15 to 50 µs: UCX asks all its transports. With nothing to fetch nobody waits for us.
constexpr microseconds kIdle{10'000};
// While a peer may come for what is offered: connecting, and a transfer by TCP, move on only when we look.
constexpr microseconds kOffering{1000};
// While transfers of our own run.
constexpr microseconds kRunning{20};
// For transfers that will not be cancelled when the agent ends.
constexpr int kLastTries = 200;

AudioError closed() { return {ErrorCode::kTransferFailed, "the agent was closed while the transfer ran"}; }

}  // namespace

NixlAgent::NixlAgent(Options options, std::function<void(std::vector<NixlMessage>)> listener)
    : options_(std::move(options)), listener_(std::move(listener)) {}

NixlAgent::~NixlAgent() { close(); }

std::string NixlAgent::open() {
  std::promise<std::string> opened;
  std::future<std::string> metadata = opened.get_future();
  {
    const std::lock_guard life(life_mutex_);
    const std::lock_guard lock(mutex_);
    if (stopping_) throw closed();
    try {
      thread_ = std::thread([this, promise = std::move(opened)]() mutable { run(std::move(promise)); });
    } catch (const std::system_error& error) {
      throw AudioError(ErrorCode::kInternal, std::string("no thread can be started: ") + error.what());
    }
  }
  return metadata.get();
}

void NixlAgent::start(NixlTransfer transfer, NixlWaiter& waiter) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && arena_) {
      waiting_.push_back({std::move(transfer), &waiter});
      changed_.notify_all();
      return;
    }
  }
  waiter.ended(closed());
}

void NixlAgent::close() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  const std::lock_guard life(life_mutex_);
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<Arena> NixlAgent::arena() const {
  const std::lock_guard lock(mutex_);
  return arena_;
}

void NixlAgent::run(std::promise<std::string> opened) {
  try {
    const std::shared_ptr<const NixlLibrary> library = NixlLibrary::open(options_.library);
    const auto arena = std::make_shared<Arena>(options_.arena_bytes);
    NixlSession session(*library, options_.name, arena->memory());
    {
      const std::lock_guard lock(mutex_);
      arena_ = arena;
    }
    opened.set_value(session.metadata());
    serve(session);
    const std::lock_guard lock(mutex_);
    arena_.reset();
  } catch (...) {
    opened.set_exception(std::current_exception());
  }
}

void NixlAgent::serve(NixlSession& session) {
  std::vector<Running> running;
  std::vector<Waiting> started;
  while (wait_for_work(started, !running.empty())) {
    for (Waiting& each : started) begin(session, std::move(each), running);
    started.clear();
    std::erase_if(running, [](Running& each) { return look_at(each); });
    std::vector<NixlMessage> messages = session.messages();
    if (!messages.empty()) listener_(std::move(messages));
  }
  for (const Waiting& each : started) each.waiter->ended(closed());
  end(running);
}

bool NixlAgent::wait_for_work(std::vector<Waiting>& started, bool running) {
  std::unique_lock lock(mutex_);
  if (waiting_.empty() && !stopping_) {
    const microseconds delay = running ? kRunning : arena_->offers() ? kOffering : kIdle;
    changed_.wait_until(lock, std::chrono::steady_clock::now() + delay);
  }
  started.swap(waiting_);
  return !stopping_;
}

void NixlAgent::begin(NixlSession& session, Waiting waiting, std::vector<Running>& running) {
  try {
    running.push_back({session.begin(std::move(waiting.transfer)), waiting.waiter});
  } catch (const AudioError& error) {
    waiting.waiter->ended(error);
  }
}

// Whether it is over.
bool NixlAgent::look_at(Running& running) {
  NixlWaiter* const waiter = running.waiter;
  if (waiter == nullptr) return running.request->cancel();
  try {
    if (running.request->ended()) {
      running.request.reset();
      waiter->ended(std::nullopt);
      return true;
    }
  } catch (const AudioError& error) {
    running.waiter = nullptr;
    waiter->ended(error);
    return running.request->cancel();
  }
  if (!waiter->should_stop()) return false;
  running.waiter = nullptr;
  waiter->ended(AudioError(ErrorCode::kAborted, "The operation was aborted"));
  return running.request->cancel();
}

void NixlAgent::end(std::vector<Running>& running) {
  for (Running& each : running) {
    if (each.waiter != nullptr) std::exchange(each.waiter, nullptr)->ended(closed());
  }
  for (int i = 0; i < kLastTries && !running.empty(); ++i) {
    std::erase_if(running, [](Running& each) { return each.request->cancel(); });
    if (!running.empty()) std::this_thread::sleep_for(microseconds(5000));
  }
}

}  // namespace cochlea
