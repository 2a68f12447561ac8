#pragma once

#include <napi.h>

namespace cochlea {

// mapFile(path, bytes, cancellation) → Promise<ArrayBuffer>: the file, which must have exactly so many bytes, as
// memory.
Napi::Value map_file(const Napi::CallbackInfo& info);

// unmap(buffer): detaches what mapFile() made, and gives its memory back as soon as nothing native reads it any more.
void unmap(const Napi::CallbackInfo& info);

}  // namespace cochlea
