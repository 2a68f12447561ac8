// libFuzzer entry: decode from memory, as the addon does it.
#include <cmath>
#include <memory>

#include "core/pipeline.h"
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
    SampleBuffer output(pipeline.channels(), input.options.limits.decoded_bytes);
    std::vector<float> lent(pipeline.expected_frames() * static_cast<size_t>(pipeline.channels()));
    if (!lent.empty()) output.lend(lent);
    pipeline.run(output);
    const size_t count = output.frames() * static_cast<size_t>(output.channels());
    if (count == 0) std::abort();
    for (size_t i = 0; i < count; ++i) {
      if (!std::isfinite(output.data()[i])) std::abort();
    }
  } catch (const AudioError& error) {
    fuzz::check(error);
  }
  return 0;
}
