#include "addon/transfer/nixl_agent.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "addon/cancellation.h"
#include "addon/environment.h"
#include "addon/transfer/nixl_jobs.h"

namespace cochlea {

namespace {

using Messages = std::vector<NixlMessage>;

std::string text(const Napi::Object& object, const char* key) { return object.Get(key).As<Napi::String>().Utf8Value(); }

std::string bytes(const Napi::Object& object, const char* key) {
  const auto view = object.Get(key).As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(view.Data()), view.ByteLength()};
}

uint64_t whole(const Napi::Value& value) { return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value()); }

NixlTransfer read_transfer(std::shared_ptr<Slot> slot, const Napi::Object& object) {
  NixlTransfer transfer;
  transfer.operation = object.Get("write").ToBoolean() ? nixl::Operation::kWrite : nixl::Operation::kRead;
  transfer.slot = std::move(slot);
  transfer.peer = bytes(object, "peer");
  transfer.address = whole(object.Get("address"));
  transfer.memory = text(object, "memory") == "cuda" ? nixl::kVram : nixl::kDram;
  transfer.device = whole(object.Get("device"));
  transfer.notification = bytes(object, "notification");
  return transfer;
}

}  // namespace

Napi::Function NixlAgentHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NixlAgent",
      {InstanceMethod<&NixlAgentHandle::open>("open"), InstanceMethod<&NixlAgentHandle::take>("take"),
       InstanceMethod<&NixlAgentHandle::fill>("fill"), InstanceMethod<&NixlAgentHandle::transfer>("transfer"),
       InstanceMethod<&NixlAgentHandle::hand_over>("handOver"), InstanceMethod<&NixlAgentHandle::give_back>("giveBack"),
       InstanceMethod<&NixlAgentHandle::usage>("usage"), InstanceMethod<&NixlAgentHandle::close>("close")});
}

NixlAgentHandle::NixlAgentHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NixlAgentHandle>(info), env_(info.Env()) {
  const Napi::String name = Napi::String::New(env_, "cochlea.nixl");
  const napi_status status = napi_create_threadsafe_function(env_, info[3], nullptr, name, 0, 1, nullptr, nullptr,
                                                             nullptr, on_messages, &messages_);
  if (status != napi_ok) throw Napi::Error::New(env_, "cannot create a thread-safe function");
  napi_unref_threadsafe_function(env_, messages_);
  agent_ = std::make_shared<NixlAgent>(
      NixlAgent::Options{info[0].As<Napi::String>(), info[1].As<Napi::String>(), whole(info[2])},
      [messages = messages_](Messages received) {
        auto data = std::make_unique<Messages>(std::move(received));
        const napi_status called = napi_call_threadsafe_function(messages, data.get(), napi_tsfn_nonblocking);
        if (called == napi_ok) static_cast<void>(data.release());
      });
  // Runs before the hook of Environment, which waits for the jobs that this ends: later hooks run first.
  napi_add_env_cleanup_hook(env_, on_environment_end, this);
}

NixlAgentHandle::~NixlAgentHandle() { end(); }

void NixlAgentHandle::end() {
  agent_->close();
  if (messages_ == nullptr) return;
  napi_release_threadsafe_function(std::exchange(messages_, nullptr), napi_tsfn_abort);
  napi_remove_env_cleanup_hook(env_, on_environment_end, this);
}

void NixlAgentHandle::on_environment_end(void* self) { static_cast<NixlAgentHandle*>(self)->end(); }

void NixlAgentHandle::on_messages(napi_env env, napi_value callback, void*, void* data) {
  const std::unique_ptr<Messages> messages(static_cast<Messages*>(data));
  if (env == nullptr || callback == nullptr) return;
  try {
    const Napi::HandleScope scope(env);
    Napi::Array list = Napi::Array::New(env, messages->size());
    for (uint32_t i = 0; i < messages->size(); ++i) {
      const NixlMessage& message = (*messages)[i];
      Napi::Object object = Napi::Object::New(env);
      object.Set("agent", message.agent);
      object.Set("bytes", Napi::Buffer<char>::Copy(env, message.bytes.data(), message.bytes.size()));
      list.Set(i, object);
    }
    Napi::Function(env, callback).Call({list});
  } catch (const std::exception&) {
    // The environment is ending, or there is no memory; lib/ catches what its listener throws. The caller is C.
  }
}

Napi::Value NixlAgentHandle::open(const Napi::CallbackInfo& info) {
  auto& environment = *env_.GetInstanceData<Environment>();
  return environment.start(std::make_unique<NixlOpenJob>(
      environment, Value(), agent_, [this] { arena_ = agent_->arena(); }, CancellationHandle::from(info[0])));
}

Napi::Value NixlAgentHandle::close(const Napi::CallbackInfo&) {
  auto& environment = *env_.GetInstanceData<Environment>();
  return environment.start(std::make_unique<NixlCloseJob>(environment, Value(), agent_, [this] { end(); }));
}

Napi::Value NixlAgentHandle::take(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Slot> slot = arena_ ? arena_->take(whole(info[0])) : nullptr;
  if (slot == nullptr) return env_.Undefined();
  const auto address = reinterpret_cast<uintptr_t>(slot->bytes().data());
  slots_.emplace(address, slot);
  return Napi::Number::New(env_, static_cast<double>(address));
}

std::shared_ptr<Slot> NixlAgentHandle::slot_at(const Napi::Value& address) const {
  const auto found = slots_.find(whole(address));
  if (found == slots_.end()) throw Napi::TypeError::New(env_, "cochlea: there is no slot at this address");
  return found->second;
}

Napi::Value NixlAgentHandle::fill(const Napi::CallbackInfo& info) {
  auto& environment = *env_.GetInstanceData<Environment>();
  return environment.start(std::make_unique<NixlFillJob>(environment, slot_at(info[0]), info[1].As<Napi::Array>(),
                                                         CancellationHandle::from(info[2])));
}

Napi::Value NixlAgentHandle::transfer(const Napi::CallbackInfo& info) {
  auto& environment = *env_.GetInstanceData<Environment>();
  NixlTransfer transfer = read_transfer(slot_at(info[0]), info[1].As<Napi::Object>());
  auto job = std::make_unique<NixlTransferJob>(environment, Value(), CancellationHandle::from(info[2]));
  NixlTransferJob& waiting = *job;
  const Napi::Promise promise = environment.start_waiting(std::move(job));
  agent_->start(std::move(transfer), waiting);
  return promise;
}

Napi::Value NixlAgentHandle::hand_over(const Napi::CallbackInfo& info) {
  auto slot = std::make_unique<std::shared_ptr<Slot>>(slot_at(info[0]));
  const std::span<std::byte> bytes = (*slot)->bytes();
  napi_value value = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env_, bytes.data(), bytes.size(),
      [](napi_env, void*, void* hint) {
        const std::unique_ptr<std::shared_ptr<Slot>> owned(static_cast<std::shared_ptr<Slot>*>(hint));
      },
      slot.get(), &value);
  Napi::ArrayBuffer buffer;
  if (status == napi_ok) {
    static_cast<void>(slot.release());
    buffer = Napi::ArrayBuffer(env_, value);
  } else {
    // Electron allows no external buffers.
    buffer = Napi::ArrayBuffer::New(env_, bytes.size());
    std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>(buffer.Data()));
  }
  slots_.erase(whole(info[0]));
  return buffer;
}

void NixlAgentHandle::give_back(const Napi::CallbackInfo& info) { slots_.erase(whole(info[0])); }

Napi::Value NixlAgentHandle::usage(const Napi::CallbackInfo&) {
  Napi::Object object = Napi::Object::New(env_);
  object.Set("slots", static_cast<double>(arena_ ? arena_->slots() : 0));
  object.Set("bytes", static_cast<double>(arena_ ? arena_->bytes_taken() : 0));
  return object;
}

}  // namespace cochlea
