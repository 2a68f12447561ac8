// Memory of the C library, which can grow in place and which JavaScript can take over.
#pragma once

#include <cstdlib>
#include <memory>

namespace cochlea {

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }  // NOLINT: pairs with malloc and realloc
};

template <typename T>
using Memory = std::unique_ptr<T, FreeMemory>;

}  // namespace cochlea
