#include "addon/trim_memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace cochlea {

// glibc keeps what threads free, for these threads. Other libraries give it back by themselves. Takes milliseconds.
void trim_memory(const Napi::CallbackInfo&) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace cochlea
