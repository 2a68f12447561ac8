#include "addon/transfer/nixl_jobs.h"

#include <algorithm>
#include <utility>

#include "addon/environment.h"

namespace cochlea {

NixlOpenJob::NixlOpenJob(Environment& environment, const Napi::Object& handle, std::shared_ptr<NixlAgent> agent,
                         std::function<void()> opened, std::shared_ptr<Cancellation> cancellation)
    : Job(environment, std::move(cancellation)),
      handle_(Napi::Persistent(handle)),
      agent_(std::move(agent)),
      opened_(std::move(opened)) {}

void NixlOpenJob::step() { metadata_ = agent_->open(); }

std::optional<Napi::Value> NixlOpenJob::after_step(Napi::Env env) {
  opened_();
  return Napi::Buffer<char>::Copy(env, metadata_.data(), metadata_.size());
}

// Not to be cancelled: one of its own.
NixlCloseJob::NixlCloseJob(Environment& environment, const Napi::Object& handle, std::shared_ptr<NixlAgent> agent,
                           std::function<void()> closed)
    : Job(environment, std::make_shared<Cancellation>()),
      handle_(Napi::Persistent(handle)),
      agent_(std::move(agent)),
      closed_(std::move(closed)) {}

void NixlCloseJob::step() { agent_->close(); }

std::optional<Napi::Value> NixlCloseJob::after_step(Napi::Env env) {
  closed_();
  return env.Undefined();
}

NixlFillJob::NixlFillJob(Environment& environment, std::shared_ptr<Slot> slot, const Napi::Array& parts,
                         std::shared_ptr<Cancellation> cancellation)
    : Job(environment, std::move(cancellation)), slot_(std::move(slot)) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < parts.Length(); ++i) bytes += parts_.emplace_back(parts.Get(i)).bytes().size();
  if (bytes != slot_->bytes().size()) throw Napi::TypeError::New(parts.Env(), "cochlea: the slot is of another size");
}

void NixlFillJob::step() {
  slot_->offer();
  auto to = slot_->bytes().begin();
  for (const BytesArgument& part : parts_) to = std::copy(part.bytes().begin(), part.bytes().end(), to);
}

NixlTransferJob::NixlTransferJob(Environment& environment, const Napi::Object& handle,
                                 std::shared_ptr<Cancellation> cancellation)
    : Job(environment, std::move(cancellation)), handle_(Napi::Persistent(handle)) {}

void NixlTransferJob::ended(std::optional<AudioError> error) {
  error_ = std::move(error);
  work_and_report();
}

void NixlTransferJob::step() {
  if (error_) throw std::move(*error_);
}

}  // namespace cochlea
