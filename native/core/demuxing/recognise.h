// Which container the bytes of a source are in: by what they look like, never by a name.
#pragma once

#include <string_view>

#include "core/decode_options.h"
#include "core/demuxing/io_context.h"

namespace cochlea {

// Looks at the first bytes. For headerless PCM, what the caller says. Throws kUnsupportedContainer, also for what is
// not on the allow-list, kUnsupportedCodec, and what reading fails with.
const AVInputFormat& recognise(ByteSource& source, IoContext& io, const RawFormat& raw,
                               const Cancellation& cancellation);

// Whether this source can be read from front to back. Leaves it at its start.
bool can_stream(const AVInputFormat& format, ByteSource& source);

// Whether a name is in a list. Names of different containers are joined by commas, as are the names of one:
// "mov,mp4,…".
bool is_listed(std::string_view name, std::string_view list);

}  // namespace cochlea
