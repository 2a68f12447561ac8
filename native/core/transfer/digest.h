// Digests of tensors: XXH3 with 64 bits, as xxHash 0.8 defines it, from seed 0 and without a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace cochlea {

// It finds damage, not forgery: whoever wants two inputs of one digest makes them.
class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  // Spans that follow each other give what one span of all their bytes does.
  void add(std::span<const std::byte> bytes);
  uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cochlea
