// libFuzzer entry: decode from memory, whole or a range, at once or piece by piece, as the addon does it.
#include <memory>

#include "core/pipeline/pipeline.h"
#include "harness.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  cochlea::initialize_ffmpeg();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cochlea;
  const fuzz::Input input = fuzz::split(data, size);
  const Cancellation never;
  try {
    Pipeline pipeline(std::make_unique<MemorySource>(input.bytes), input.options, input.threads, never);
    fuzz::decode(pipeline, input);
  } catch (const AudioError& error) {
    fuzz::check(error);
  }
  return 0;
}
