#include "core/transfer/nixl_library.h"

#include <dlfcn.h>

#include <map>
#include <mutex>

#include "core/error.h"

namespace cochlea {

namespace {

AudioError unavailable(const std::string& message) { return {ErrorCode::kTransferUnavailable, message}; }

// UCX, as the wheels have it, ends the process where the processor lacks AVX.
void check_processor() {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx")) {
    throw unavailable("NIXL needs a processor with AVX, which this one is not");
  }
#endif
}

class Symbols {
 public:
  explicit Symbols(const std::string& path) : path_(path), library_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (library_ != nullptr) return;
    const char* reason = ::dlerror();
    throw unavailable("NIXL cannot be loaded: " + std::string(reason == nullptr ? path : reason));
  }

  template <typename Function>
  void find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(::dlsym(library_, (std::string("nixl_capi_") + name).c_str()));
    if (function == nullptr) throw unavailable(path_ + " has no nixl_capi_" + name + ": it is not NIXL 1.x");
  }

 private:
  const std::string& path_;
  void* library_;
};

void refuse_stub(const Symbols& symbols, const std::string& path) {
  bool (*is_stub)() = nullptr;
  symbols.find("is_stub", is_stub);
  if (is_stub()) throw unavailable(path + " is a stub of NIXL: install nixl-cu12 or nixl-cu13");
}

NixlLibrary functions(const Symbols& symbols) {
  NixlLibrary library{};
#define COCHLEA_FIND(name) symbols.find(#name, library.name)
  COCHLEA_FIND(create_configured_agent);
  COCHLEA_FIND(destroy_agent);
  COCHLEA_FIND(get_local_md);
  COCHLEA_FIND(load_remote_md);
  COCHLEA_FIND(invalidate_remote_md);
  COCHLEA_FIND(get_plugin_params);
  COCHLEA_FIND(destroy_mem_list);
  COCHLEA_FIND(destroy_params);
  COCHLEA_FIND(create_backend);
  COCHLEA_FIND(destroy_backend);
  COCHLEA_FIND(create_opt_args);
  COCHLEA_FIND(destroy_opt_args);
  COCHLEA_FIND(opt_args_add_backend);
  COCHLEA_FIND(opt_args_set_notif_msg);
  COCHLEA_FIND(opt_args_set_has_notif);
  COCHLEA_FIND(create_reg_dlist);
  COCHLEA_FIND(destroy_reg_dlist);
  COCHLEA_FIND(reg_dlist_add_desc);
  COCHLEA_FIND(register_mem);
  COCHLEA_FIND(deregister_mem);
  COCHLEA_FIND(create_xfer_dlist);
  COCHLEA_FIND(destroy_xfer_dlist);
  COCHLEA_FIND(xfer_dlist_add_desc);
  COCHLEA_FIND(create_xfer_req);
  COCHLEA_FIND(post_xfer_req);
  COCHLEA_FIND(get_xfer_status);
  COCHLEA_FIND(release_xfer_req);
  COCHLEA_FIND(destroy_xfer_req);
  COCHLEA_FIND(create_notif_map);
  COCHLEA_FIND(destroy_notif_map);
  COCHLEA_FIND(get_notifs);
  COCHLEA_FIND(notif_map_size);
  COCHLEA_FIND(notif_map_get_agent_at);
  COCHLEA_FIND(notif_map_get_notifs_size);
  COCHLEA_FIND(notif_map_get_notif);
  COCHLEA_FIND(notif_map_clear);
#undef COCHLEA_FIND
  return library;
}

}  // namespace

std::shared_ptr<const NixlLibrary> NixlLibrary::open(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const NixlLibrary>> opened;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const NixlLibrary>& library = opened[path];
  if (library == nullptr) {
    check_processor();
    const Symbols symbols(path);
    refuse_stub(symbols, path);
    library = std::make_shared<const NixlLibrary>(functions(symbols));
  }
  return library;
}

}  // namespace cochlea
