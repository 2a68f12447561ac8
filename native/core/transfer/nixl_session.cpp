#include "core/transfer/nixl_session.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/memory.h"

namespace cochlea {

namespace {

// Each has connections; peers come and go, and nobody says goodbye.
constexpr size_t kMostPeers = 128;
// Those of Dynamo have some kilobytes; a peer that sends more than this sends something else.
constexpr size_t kLongestMessage = size_t{1} << 18;

AudioError failed(const std::string& message) { return {ErrorCode::kTransferFailed, message}; }

void check(nixl::Status status, const char* what) {
  if (status != nixl::kSuccess) throw failed(std::string("NIXL cannot ") + what);
}

}  // namespace

NixlSession::NixlSession(const NixlLibrary& library, const std::string& name, std::span<std::byte> memory)
    : library_(library),
      agent_(nullptr, library.destroy_agent),
      backend_(nullptr, library.destroy_backend),
      with_backend_(nullptr, library.destroy_opt_args),
      registered_(nullptr, library.destroy_reg_dlist),
      notifications_(nullptr, library.destroy_notif_map) {
  nixl::Agent* agent = nullptr;
  const nixl::AgentConfig config;
  check(library_.create_configured_agent(name.c_str(), &config, &agent), "make an agent");
  agent_.reset(agent);
  create_backend();
  register_memory(memory);
  read_metadata();
  nixl::NotificationMap* notifications = nullptr;
  check(library_.create_notif_map(&notifications), "make a list");
  notifications_.reset(notifications);
}

NixlSession::~NixlSession() {
  for (const auto& peer : peers_) forget(*peer);
  if (registered_) library_.deregister_mem(agent_.get(), registered_.get(), with_backend_.get());
}

void NixlSession::create_backend() {
  nixl::MemoryList* kinds = nullptr;
  nixl::Params* params = nullptr;
  if (library_.get_plugin_params(agent_.get(), "UCX", &kinds, &params) != nixl::kSuccess) {
    throw AudioError(ErrorCode::kTransferUnavailable, "NIXL has no plug-in UCX beside its library");
  }
  const Owned<nixl::MemoryList> owned_kinds(kinds, library_.destroy_mem_list);
  const Owned<nixl::Params> owned_params(params, library_.destroy_params);
  nixl::Backend* backend = nullptr;
  if (library_.create_backend(agent_.get(), "UCX", params, &backend) != nixl::kSuccess) {
    throw AudioError(ErrorCode::kTransferUnavailable,
                     "NIXL cannot start UCX: see what it printed, and whether netDevices names a device");
  }
  backend_.reset(backend);
  nixl::OptArgs* args = nullptr;
  check(library_.create_opt_args(&args), "make options");
  with_backend_.reset(args);
  check(library_.opt_args_add_backend(args, backend), "take options");
}

void NixlSession::register_memory(std::span<std::byte> memory) {
  nixl::RegisterList* list = nullptr;
  check(library_.create_reg_dlist(nixl::kDram, &list), "make a list");
  Owned<nixl::RegisterList> owned(list, library_.destroy_reg_dlist);
  const auto address = reinterpret_cast<uintptr_t>(memory.data());
  check(library_.reg_dlist_add_desc(list, address, memory.size(), 0, nullptr, 0), "make a list");
  check(library_.register_mem(agent_.get(), list, with_backend_.get()), "register memory");
  registered_ = std::move(owned);
}

void NixlSession::read_metadata() {
  void* data = nullptr;
  size_t size = 0;
  check(library_.get_local_md(agent_.get(), &data, &size), "tell its metadata");
  const Memory<void> owned(data);
  metadata_.assign(static_cast<const char*>(data), size);
}

std::unique_ptr<NixlSession::Request> NixlSession::begin(NixlTransfer transfer) {
  std::shared_ptr<Peer> peer = peer_of(transfer.peer);
  return std::make_unique<Request>(*this, std::move(transfer), std::move(peer));
}

// A peer that registers more memory sends other metadata under the same name: the library adds it to what it has.
std::shared_ptr<NixlSession::Peer> NixlSession::peer_of(const std::string& metadata) {
  const auto same = [&metadata](const auto& peer) { return peer->metadata == metadata; };
  auto found = std::find_if(peers_.begin(), peers_.end(), same);
  if (found == peers_.end()) {
    char* text = nullptr;
    check(library_.load_remote_md(agent_.get(), metadata.data(), metadata.size(), &text),
          "take the metadata of the peer");
    const Memory<char> owned(text);
    const std::string name(text);
    found = std::find_if(peers_.begin(), peers_.end(), [&name](const auto& peer) { return peer->name == name; });
    if (found == peers_.end()) {
      forget_oldest_peer();
      found = peers_.insert(peers_.end(), std::make_shared<Peer>(Peer{name, {}, 0, 0}));
    }
    (*found)->metadata = metadata;
  }
  (*found)->used = ++uses_;
  return *found;
}

void NixlSession::forget_oldest_peer() {
  if (peers_.size() < kMostPeers) return;
  const auto older = [](const auto& a, const auto& b) {
    return std::pair(a->running > 0, a->used) < std::pair(b->running > 0, b->used);
  };
  const auto oldest = std::min_element(peers_.begin(), peers_.end(), older);
  if ((*oldest)->running > 0) return;
  forget(**oldest);
  peers_.erase(oldest);
}

void NixlSession::forget(const Peer& peer) { library_.invalidate_remote_md(agent_.get(), peer.name.c_str()); }

NixlSession::Owned<nixl::TransferList> NixlSession::list_of(nixl::Memory memory, uintptr_t address, size_t bytes,
                                                            uint64_t device) const {
  nixl::TransferList* list = nullptr;
  check(library_.create_xfer_dlist(memory, &list), "make a list");
  Owned<nixl::TransferList> owned(list, library_.destroy_xfer_dlist);
  check(library_.xfer_dlist_add_desc(list, address, bytes, device), "make a list");
  return owned;
}

std::vector<NixlMessage> NixlSession::messages() {
  std::vector<NixlMessage> messages;
  nixl::NotificationMap* map = notifications_.get();
  if (library_.get_notifs(agent_.get(), map, nullptr) != nixl::kSuccess) return messages;
  size_t agents = 0;
  library_.notif_map_size(map, &agents);
  for (size_t i = 0; i < agents; ++i) {
    const char* agent = nullptr;
    size_t count = 0;
    if (library_.notif_map_get_agent_at(map, i, &agent) != nixl::kSuccess) break;
    library_.notif_map_get_notifs_size(map, agent, &count);
    for (size_t j = 0; j < count; ++j) {
      const void* data = nullptr;
      size_t size = 0;
      if (library_.notif_map_get_notif(map, agent, j, &data, &size) != nixl::kSuccess || size > kLongestMessage)
        continue;
      messages.push_back({agent, std::string(static_cast<const char*>(data), size)});
    }
  }
  if (agents > 0) library_.notif_map_clear(map);
  return messages;
}

NixlSession::Request::Request(NixlSession& session, NixlTransfer transfer, std::shared_ptr<Peer> peer)
    : session_(session),
      transfer_(std::move(transfer)),
      peer_(std::move(peer)),
      request_(nullptr, session.library_.destroy_xfer_req) {
  const NixlLibrary& library = session_.library_;
  const std::span<std::byte> bytes = transfer_.slot->bytes();
  const auto here = session_.list_of(nixl::kDram, reinterpret_cast<uintptr_t>(bytes.data()), bytes.size(), 0);
  const auto there = session_.list_of(transfer_.memory, transfer_.address, bytes.size(), transfer_.device);
  nixl::OptArgs* args = nullptr;
  check(library.create_opt_args(&args), "make options");
  const Owned<nixl::OptArgs> owned(args, library.destroy_opt_args);
  check(library.opt_args_add_backend(args, session_.backend_.get()), "take options");
  const std::string& notification = transfer_.notification;
  check(library.opt_args_set_notif_msg(args, notification.data(), notification.size()), "take options");
  check(library.opt_args_set_has_notif(args, true), "take options");
  nixl::Agent* agent = session_.agent_.get();
  nixl::Request* request = nullptr;
  check(
      library.create_xfer_req(agent, transfer_.operation, here.get(), there.get(), peer_->name.c_str(), &request, args),
      "find the memory of the peer, or the peer");
  request_.reset(request);
  ++peer_->running;
  running_ = true;
  const nixl::Status status = library.post_xfer_req(agent, request, args);
  if (status != nixl::kSuccess && status != nixl::kInProgress) {
    cancel();
    fail();
  }
}

NixlSession::Request::~Request() { cancel(); }

bool NixlSession::Request::ended() {
  const nixl::Status status = session_.library_.get_xfer_status(session_.agent_.get(), request_.get());
  if (status == nixl::kInProgress) return false;
  if (status != nixl::kSuccess) fail();
  return true;
}

bool NixlSession::Request::cancel() {
  if (!running_) return true;
  if (session_.library_.release_xfer_req(session_.agent_.get(), request_.get()) != nixl::kSuccess) return false;
  running_ = false;
  --peer_->running;
  return true;
}

// The peer may have ended, and another may come with its name: it is loaded anew the next time.
void NixlSession::Request::fail() {
  const auto found = std::find(session_.peers_.begin(), session_.peers_.end(), peer_);
  const bool others = peer_->running > (running_ ? 1u : 0u);
  if (found != session_.peers_.end() && !others) {
    if (running_) cancel();
    session_.forget(*peer_);
    session_.peers_.erase(found);
  }
  throw failed("the transfer by NIXL failed: the peer has ended, or its memory is no longer registered");
}

}  // namespace cochlea
