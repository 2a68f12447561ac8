// One agent of NIXL, with all that it owns. One thread makes it, calls it and ends it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/transfer/arena.h"
#include "core/transfer/nixl_library.h"

namespace cochlea {

// Bytes between a slot here and memory of a peer.
struct NixlTransfer {
  nixl::Operation operation = nixl::Operation::kRead;
  std::shared_ptr<Slot> slot;
  std::string peer;  // its metadata
  uintptr_t address = 0;
  nixl::Memory memory = nixl::kDram;
  uint64_t device = 0;
  std::string notification;  // that the peer gets once the bytes are there
};

struct NixlMessage {
  std::string agent;
  std::string bytes;
};

// Note [Order of teardown]
// Requests go before the memory that they use, memory before the backend, the backend before the agent; the arena is
// unmapped by whoever has its last slot, which may be a buffer of JavaScript. Deregistering revokes nothing: a peer
// that has the address still reads the memory (measured), so that a slot must stay as it is for as long as a peer may
// read. A request that is released while it runs is cancelled; until the library says so, its slot is kept.
class NixlSession {
 public:
  // Throws kTransferUnavailable, kTransferFailed.
  NixlSession(const NixlLibrary& library, const std::string& name, std::span<std::byte> memory);
  ~NixlSession();
  NixlSession(const NixlSession&) = delete;
  NixlSession& operator=(const NixlSession&) = delete;

  // What a peer needs to know of this agent.
  const std::string& metadata() const { return metadata_; }

  class Request;
  // Throws kTransferFailed.
  std::unique_ptr<Request> begin(NixlTransfer transfer);
  // Also moves on what peers want from us, as no thread of the library does: to be called often.
  std::vector<NixlMessage> messages();

 private:
  template <typename Thing>
  using Owned = std::unique_ptr<Thing, nixl::Status (*)(Thing*)>;

  struct Peer {
    std::string name;
    std::string metadata;
    size_t running = 0;
    uint64_t used = 0;
  };

  void create_backend();
  void register_memory(std::span<std::byte> memory);
  void read_metadata();
  std::shared_ptr<Peer> peer_of(const std::string& metadata);
  void forget_oldest_peer();
  void forget(const Peer& peer);
  Owned<nixl::TransferList> list_of(nixl::Memory memory, uintptr_t address, size_t bytes, uint64_t device) const;

  const NixlLibrary& library_;
  std::string metadata_;
  // Destroyed from below.
  Owned<nixl::Agent> agent_;
  Owned<nixl::Backend> backend_;
  Owned<nixl::OptArgs> with_backend_;
  Owned<nixl::RegisterList> registered_;
  Owned<nixl::NotificationMap> notifications_;
  std::vector<std::shared_ptr<Peer>> peers_;
  uint64_t uses_ = 0;
};

class NixlSession::Request {
 public:
  Request(NixlSession& session, NixlTransfer transfer, std::shared_ptr<Peer> peer);
  // After cancel() has succeeded, or the request has ended.
  ~Request();
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  // Whether it has ended. Throws kTransferFailed.
  bool ended();
  // Whether it ended by now; if not, to be called again later.
  bool cancel();

 private:
  [[noreturn]] void fail();

  NixlSession& session_;
  NixlTransfer transfer_;
  std::shared_ptr<Peer> peer_;
  Owned<nixl::Request> request_;
  bool running_ = false;
};

}  // namespace cochlea
