#include "addon/hand_over.h"

#include <algorithm>
#include <cstdint>

namespace cochlea {

HandedOver hand_over(Napi::Env env, Memory<void> memory, size_t bytes) {
  if (bytes >= kExternalBytes) {
    napi_value value = nullptr;
    const napi_status status = napi_create_external_arraybuffer(
        env, memory.get(), bytes, [](napi_env, void* data, void*) { FreeMemory()(data); }, nullptr, &value);
    if (status == napi_ok) {
      static_cast<void>(memory.release());
      return {Napi::ArrayBuffer(env, value), false};
    }
    // Electron allows no external buffers.
  }
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, bytes);
  std::copy_n(static_cast<const uint8_t*>(memory.get()), bytes, static_cast<uint8_t*>(buffer.Data()));
  return {buffer, true};
}

}  // namespace cochlea
