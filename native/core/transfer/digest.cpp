#include "core/transfer/digest.h"

#include <xxhash.h>

namespace cochlea {

// Its members are aligned to 64 bytes, which std::make_unique heeds.
struct Digest::State {
  XXH3_state_t xxh3;
};

Digest::Digest() : state_(std::make_unique<State>()) { XXH3_64bits_reset(&state_->xxh3); }

Digest::~Digest() = default;

void Digest::add(std::span<const std::byte> bytes) {
  // It takes a null pointer, which an empty span may have, only of no bytes.
  XXH3_64bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

uint64_t Digest::value() const { return XXH3_64bits_digest(&state_->xxh3); }

}  // namespace cochlea
