// libFuzzer entry: probe, which reads headers and decodes nothing for its caller.
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
  MemorySource source(input.bytes);
  try {
    const MediaInfo info = probe(source, input.options, never);
    if (info.container.empty() || info.audio_streams.empty()) std::abort();
  } catch (const AudioError& error) {
    fuzz::check(error);
  }
  return 0;
}
