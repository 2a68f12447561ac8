// What a NixlAgent does apart from the main thread.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addon/arguments.h"
#include "addon/job.h"
#include "core/transfer/nixl_agent.h"

namespace cochlea {

// Loads the library and starts the agent, on a pool thread.
class NixlOpenJob final : public Job {
 public:
  // `handle`: of JavaScript, kept meanwhile. `opened` is called on the main thread.
  NixlOpenJob(Environment& environment, const Napi::Object& handle, std::shared_ptr<NixlAgent> agent,
              std::function<void()> opened, std::shared_ptr<Cancellation> cancellation);

 protected:
  void step() override;
  std::optional<Napi::Value> after_step(Napi::Env env) override;

 private:
  Napi::ObjectReference handle_;
  std::shared_ptr<NixlAgent> agent_;
  std::function<void()> opened_;
  std::string metadata_;
};

// Waits for the end of the agent, on a pool thread.
class NixlCloseJob final : public Job {
 public:
  NixlCloseJob(Environment& environment, const Napi::Object& handle, std::shared_ptr<NixlAgent> agent,
               std::function<void()> closed);

 protected:
  void step() override;
  std::optional<Napi::Value> after_step(Napi::Env env) override;

 private:
  Napi::ObjectReference handle_;
  std::shared_ptr<NixlAgent> agent_;
  std::function<void()> closed_;
};

// Copies into a slot, on a pool thread.
class NixlFillJob final : public Job {
 public:
  NixlFillJob(Environment& environment, std::shared_ptr<Slot> slot, const Napi::Array& parts,
              std::shared_ptr<Cancellation> cancellation);

 protected:
  void step() override;
  std::optional<Napi::Value> after_step(Napi::Env env) override { return env.Undefined(); }

 private:
  std::shared_ptr<Slot> slot_;
  std::vector<BytesArgument> parts_;
};

// Waits for a transfer without a thread: the agent's thread reports its end.
class NixlTransferJob final : public Job, public NixlWaiter {
 public:
  NixlTransferJob(Environment& environment, const Napi::Object& handle, std::shared_ptr<Cancellation> cancellation);

  bool should_stop() const override { return stop().should_stop(); }
  void ended(std::optional<AudioError> error) override;

 protected:
  void step() override;
  std::optional<Napi::Value> after_step(Napi::Env env) override { return env.Undefined(); }

 private:
  Napi::ObjectReference handle_;
  std::optional<AudioError> error_;
};

}  // namespace cochlea
