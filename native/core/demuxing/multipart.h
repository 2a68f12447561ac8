// Bodies of HTML forms, which people send where the audio in them was meant.
#pragma once

#include "core/source/byte_source.h"

namespace cochlea {

// Whether this begins as a form does (RFC 7578): a boundary, and a header that says form-data. Leaves the source at its
// start. Of bytes that are still coming it waits for no more than tell the two apart.
bool is_multipart_form(ByteSource& source);

}  // namespace cochlea
