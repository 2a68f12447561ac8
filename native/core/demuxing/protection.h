// What keeps a stream's frames from being read although its codec is known: encryption, unknown compression.
#pragma once

#include "core/ffmpeg.h"

namespace cochlea {

// Note [Encrypted content]
// The bytes of encrypted frames decode to noise, in some codecs without a complaint. What tells of it:
//   - MP4: the sample entry is `enca` (Common Encryption, PIFF, ISMACryp), `drms` (FairPlay), or `aavd` (Audible);
//     or FFmpeg gives a packet AV_PKT_DATA_ENCRYPTION_INFO, also where only later fragments are encrypted;
//   - Matroska, ASF, and MPEG-TS with scrambled packets: our patches of FFmpeg (native/dependencies/patches) put
//     AV_PKT_DATA_ENCRYPTION_INFO into the stream's own side data, as no demuxer does by itself;
//   - MPEG-TS: the stream types of HLS Sample Encryption.
// probe() describes such a stream, as not decodable; decoding it is refused.
bool is_encrypted(const AVStream& stream);
bool is_encrypted(const AVPacket& packet);

// Whether somebody may decode it.
bool is_readable(const AVStream& stream);

// Throws kEncrypted.
[[noreturn]] void refuse_encrypted(const AVStream& stream);
// Throws kEncrypted; kUnsupportedCodec for frames that are compressed by what is not built in.
void refuse_unreadable(const AVStream& stream);

}  // namespace cochlea
