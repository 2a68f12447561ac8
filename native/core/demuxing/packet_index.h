// Where packets of a source are, and which frame each of them begins at: what one range found out, for the next.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace cochlea {

struct Checkpoint {
  int64_t position = 0;   // bytes from the start of the source
  int64_t timestamp = 0;  // in units of the stream
  int64_t frame = 0;      // of the stream, as Landing counts
};

// Shared by all decodes of a source; any thread.
class PacketIndex {
 public:
  // Checkpoints come in the order of the source; those that are there already are ignored. One stream of the
  // source is indexed: the first one that is asked for.
  void add(int stream, const Checkpoint& checkpoint);
  // The last one at or before `frame`.
  std::optional<Checkpoint> before(int stream, int64_t frame) const;

 private:
  mutable std::mutex mutex_;
  int stream_ = -1;
  std::vector<Checkpoint> checkpoints_;
};

}  // namespace cochlea
