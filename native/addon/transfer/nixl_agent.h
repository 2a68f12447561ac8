// The JavaScript class NixlAgent: memory that peers read, and transfers from and to theirs.
#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <vector>

#include "core/transfer/nixl_agent.h"

namespace cochlea {

// Note [Who owns an agent]
// The handle and each job that uses the agent hold it. It ends on the first of these: close(), which waits on a pool
// thread; the end of the environment (exit of the process or the worker, terminate()), whose hook waits; the collection
// of a handle that nobody closed. Messages come through a thread-safe function that does not keep the process alive,
// and that is released after the agent's thread has ended. Slots belong to the handle until they are given back or
// handed over to an ArrayBuffer; each keeps the arena.

// new NixlAgent(library, name, arenaBytes, onMessages)
//   open(cancellation): Promise<Uint8Array>    loads the library and starts; the metadata for peers
//   take(bytes): number | undefined            the address of a slot; undefined when no gap is large enough
//   fill(address, parts, cancellation): Promise<void>    copies views of as many bytes into a slot
//   transfer(address, {write, peer, address, memory, device, notification}, cancellation): Promise<void>
//   handOver(address): ArrayBuffer             the slot belongs to the buffer from now on
//   giveBack(address)
//   usage(): {slots, bytes}                    taken, those of buffers too
//   close(): Promise<void>
class NixlAgentHandle : public Napi::ObjectWrap<NixlAgentHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NixlAgentHandle(const Napi::CallbackInfo& info);
  ~NixlAgentHandle() override;

 private:
  Napi::Value open(const Napi::CallbackInfo& info);
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value fill(const Napi::CallbackInfo& info);
  Napi::Value transfer(const Napi::CallbackInfo& info);
  Napi::Value hand_over(const Napi::CallbackInfo& info);
  void give_back(const Napi::CallbackInfo& info);
  Napi::Value usage(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<Slot> slot_at(const Napi::Value& address) const;
  // Once the agent's thread has ended, or to wait for that.
  void end();
  static void on_environment_end(void* self);
  static void on_messages(napi_env env, napi_value callback, void* context, void* data);

  Napi::Env env_;
  napi_threadsafe_function messages_ = nullptr;
  std::shared_ptr<NixlAgent> agent_;
  std::shared_ptr<Arena> arena_;
  std::map<uintptr_t, std::shared_ptr<Slot>> slots_;
};

}  // namespace cochlea
