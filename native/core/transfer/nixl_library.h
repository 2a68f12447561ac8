// NIXL's C interface, opened at run time: no header of it is installed, and most machines have no library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace cochlea {

// Facts of the interface (src/bindings/rust/wrapper.h of https://github.com/ai-dynamo/nixl, Apache-2.0; libnixl_capi.so
// of the wheels nixl-cu12 and nixl-cu13). Only what is used here.
namespace nixl {

using Status = int;
constexpr Status kSuccess = 0;
constexpr Status kInProgress = 1;

using Memory = int;
constexpr Memory kDram = 0;
constexpr Memory kVram = 1;

enum class Operation : int { kRead = 0, kWrite = 1 };

struct Agent;
struct Params;
struct MemoryList;
struct Backend;
struct OptArgs;
struct RegisterList;
struct TransferList;
struct Request;
struct NotificationMap;

// In 1.x `listen_port` is an int, in what follows 16 bits wide, which moves the two fields after it. As long as the
// three are 0, both read the same.
struct AgentConfig {
  bool progress_thread = false;
  bool listen_thread = false;
  int listen_port = 0;
  int thread_sync = 0;  // none: one thread calls
  unsigned workers = 0;
  uint64_t progress_delay_us = 0;
  uint64_t listen_delay_us = 0;
  bool capture_telemetry = false;
};
static_assert(offsetof(AgentConfig, progress_delay_us) == 16 && sizeof(AgentConfig) == 40);

}  // namespace nixl

// The functions, named as the library names them without `nixl_capi_`. The library is never closed again: UCX, which it
// brings, has threads and handlers of its own.
struct NixlLibrary {
  // Any thread. Opens each path once in a process. Throws kTransferUnavailable, and says what is missing.
  static std::shared_ptr<const NixlLibrary> open(const std::string& path);

  nixl::Status (*create_configured_agent)(const char*, const nixl::AgentConfig*, nixl::Agent**);
  nixl::Status (*destroy_agent)(nixl::Agent*);
  nixl::Status (*get_local_md)(nixl::Agent*, void**, size_t*);
  nixl::Status (*load_remote_md)(nixl::Agent*, const void*, size_t, char**);
  nixl::Status (*invalidate_remote_md)(nixl::Agent*, const char*);
  nixl::Status (*get_plugin_params)(nixl::Agent*, const char*, nixl::MemoryList**, nixl::Params**);
  nixl::Status (*destroy_mem_list)(nixl::MemoryList*);
  nixl::Status (*destroy_params)(nixl::Params*);
  nixl::Status (*create_backend)(nixl::Agent*, const char*, nixl::Params*, nixl::Backend**);
  nixl::Status (*destroy_backend)(nixl::Backend*);
  nixl::Status (*create_opt_args)(nixl::OptArgs**);
  nixl::Status (*destroy_opt_args)(nixl::OptArgs*);
  nixl::Status (*opt_args_add_backend)(nixl::OptArgs*, nixl::Backend*);
  nixl::Status (*opt_args_set_notif_msg)(nixl::OptArgs*, const void*, size_t);
  nixl::Status (*opt_args_set_has_notif)(nixl::OptArgs*, bool);
  nixl::Status (*create_reg_dlist)(nixl::Memory, nixl::RegisterList**);
  nixl::Status (*destroy_reg_dlist)(nixl::RegisterList*);
  nixl::Status (*reg_dlist_add_desc)(nixl::RegisterList*, uintptr_t, size_t, uint64_t, const void*, size_t);
  nixl::Status (*register_mem)(nixl::Agent*, nixl::RegisterList*, nixl::OptArgs*);
  nixl::Status (*deregister_mem)(nixl::Agent*, nixl::RegisterList*, nixl::OptArgs*);
  nixl::Status (*create_xfer_dlist)(nixl::Memory, nixl::TransferList**);
  nixl::Status (*destroy_xfer_dlist)(nixl::TransferList*);
  nixl::Status (*xfer_dlist_add_desc)(nixl::TransferList*, uintptr_t, size_t, uint64_t);
  nixl::Status (*create_xfer_req)(nixl::Agent*, nixl::Operation, nixl::TransferList*, nixl::TransferList*, const char*,
                                  nixl::Request**, nixl::OptArgs*);
  nixl::Status (*post_xfer_req)(nixl::Agent*, nixl::Request*, nixl::OptArgs*);
  nixl::Status (*get_xfer_status)(nixl::Agent*, nixl::Request*);
  nixl::Status (*release_xfer_req)(nixl::Agent*, nixl::Request*);
  nixl::Status (*destroy_xfer_req)(nixl::Request*);
  nixl::Status (*create_notif_map)(nixl::NotificationMap**);
  nixl::Status (*destroy_notif_map)(nixl::NotificationMap*);
  nixl::Status (*get_notifs)(nixl::Agent*, nixl::NotificationMap*, nixl::OptArgs*);
  nixl::Status (*notif_map_size)(nixl::NotificationMap*, size_t*);
  nixl::Status (*notif_map_get_agent_at)(nixl::NotificationMap*, size_t, const char**);
  nixl::Status (*notif_map_get_notifs_size)(nixl::NotificationMap*, const char*, size_t*);
  nixl::Status (*notif_map_get_notif)(nixl::NotificationMap*, const char*, size_t, const void**, size_t*);
  nixl::Status (*notif_map_clear)(nixl::NotificationMap*);
};

}  // namespace cochlea
