// Goes to where a range begins, without decoding what lies before it.
#pragma once

#include <cstdint>
#include <optional>

#include "core/demuxing/demuxer.h"

namespace cochlea {

// Note [Ranges without decoding what lies before]
// A range must be the same slice of the whole decode, to the frame. Timestamps do not tell: those of LAME's
// MP3s run 1105 samples behind what is heard, Matroska's have steps of 1 ms, MPEG-TS starts at 1.4 s. So
// frames are counted, and three ways lead to the first one:
//   1. By timestamp, where it is proven to count frames. PCM: the packet must lie where the size of its frames puts
//      it. FLAC: the file is one stream (Note [Joined FLAC]). MP4 without fragments: the packets of its index are
//      equally long.
//   2. By packet: packets are read and thrown away, and what they would decode to is added up. For codecs whose
//      packets tell, in any container, as long as they go on as they began: a change of rate or channels ends the
//      count. Decoding starts some packets early, so that overlaps and bit reservoirs are filled.
//   3. From the start, for everything else: the decoded samples are thrown away.
// Where the count begins, the first packets tell: Note [Where the first sample lies]. What 1 and 2 assume is checked
// once decoding has begun (Note [Unproven ways]): the first frame must be that of the packet that was found, and the
// frames before the range must be as long as they are thought to be. If that does not hold, 3 is taken.

// Where decoding goes on.
struct Landing {
  int64_t frame = 0;                   // of the source: what the next packet's first decoded sample is
  int64_t timestamp = AV_NOPTS_VALUE;  // of that packet, and so of the first decoded frame
  int frame_size = 0;                  // that each decoded frame before the range must have; 0 where they differ
};

// Whether there is a way to frame `frame` that saves time. Reads nothing: if not, decoding can begin where the demuxer
// is.
bool is_worth_seeking(const Demuxer& demuxer, int64_t frame);

// Where it is: moves the demuxer, which has read no packet so far, to a packet from which frame `frame` decodes as it
// does from the start. Nothing: the way proved wrong, and the demuxer must be opened again.
std::optional<Landing> seek_before(Demuxer& demuxer, int64_t frame, Damage& damage);

}  // namespace cochlea
