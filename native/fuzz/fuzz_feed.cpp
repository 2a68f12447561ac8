// libFuzzer entry: decode of bytes that are still coming, in pieces of random length.
#include <memory>
#include <random>

#include "core/pipeline/pipeline.h"
#include "core/source/feed.h"
#include "harness.h"

namespace {

using namespace cochlea;

// Pushes the next piece whenever the decoder is about to sleep for want of it, so that it never does. Most are short.
class Producer final : public BlockingRegion {
 public:
  Producer(Feed& feed, const fuzz::Input& input) : feed_(feed), left_(input.bytes), random_(input.seed) {}

  void begin() noexcept override {
    if (left_.empty()) {
      feed_.end();
      return;
    }
    const size_t most = size_t{1} << (random_() % 17);
    const size_t count = std::min(left_.size(), 1 + random_() % most);
    feed_.push(left_.first(count));
    left_ = left_.subspan(count);
  }
  void end(bool) noexcept override {}

 private:
  Feed& feed_;
  std::span<const uint8_t> left_;
  std::minstd_rand random_;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  initialize_ffmpeg();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::Input input = fuzz::split(data, size);
  const Cancellation never;
  const auto feed = std::make_shared<Feed>(1e9, "/tmp");
  Producer producer(*feed, input);
  try {
    Pipeline pipeline(std::make_unique<FeedSource>(feed, never, producer), input.options, input.threads, never);
    fuzz::decode(pipeline, input);
  } catch (const AudioError& error) {
    fuzz::check(error);
  }
  return 0;
}
