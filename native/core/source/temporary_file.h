// A file without a name, for bytes that do not fit in memory: it is gone when its last descriptor is closed,
// however the process ends.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/source/byte_source.h"

namespace cochlea {

class TemporaryFile {
 public:
  // Throws kSpool.
  explicit TemporaryFile(const std::string& folder);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // Throws kSpool: the disk is full, for example.
  void append(std::span<const uint8_t> bytes);
  // What was written, from its start. Nothing can be appended afterwards.
  std::unique_ptr<ByteSource> release();

 private:
  int descriptor_ = -1;
  int64_t size_ = 0;
};

}  // namespace cochlea
