#include "addon/output.h"

#include <algorithm>
#include <cstdint>

namespace cochlea {

namespace {

Napi::ArrayBuffer copy(Napi::Env env, const float* samples, size_t bytes) {
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, bytes);
  std::copy_n(reinterpret_cast<const uint8_t*>(samples), bytes, static_cast<uint8_t*>(buffer.Data()));
  return buffer;
}

}  // namespace

Output hand_over(Napi::Env env, Samples samples, size_t count) {
  const size_t bytes = count * sizeof(float);
  if (bytes < kExternalBytes) return {copy(env, samples.get(), bytes), true};
  napi_value value = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env, samples.get(), bytes, [](napi_env, void* memory, void*) { FreeSamples()(static_cast<float*>(memory)); },
      nullptr, &value);
  // Electron allows no external buffers.
  if (status != napi_ok) return {copy(env, samples.get(), bytes), true};
  static_cast<void>(samples.release());
  return {Napi::ArrayBuffer(env, value), false};
}

}  // namespace cochlea
