// Some seconds of packets that are decoded apart from the packets before them.
#pragma once

#include <atomic>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "core/decoding/codec.h"
#include "core/demuxing/packet_reader.h"
#include "core/sound/mixer.h"
#include "core/sound/output_stage.h"

namespace cochlea {

// Note [Seams]
// A decoder that starts within a stream gives the same samples as one that came from its beginning as soon as
// both remember the same. Codecs in kSegmentRules remember a few packets only:
//   - FLAC, ALAC and True Audio nothing, WavPack nothing but the filter of DSD;
//   - MP3 the last 15 samples of each subband, the overlap of one granule (together at most three packets), and
//     main data that lies up to 511 bytes back, however many packets that is;
//   - Vorbis and AAC-LC the overlap of one packet.
// Others never forget: the fixed-point decoders of Layers I and II carry what rounding left over from sample to
// sample; Opus, SBR and speech codecs filter recursively; AC-3 and WMA draw noise.
// So a segment's decoder first decodes that many packets of the segment before, the pre-roll, and drops the frames.
// That is the theory for good packets of an ordinary stream; each seam is also checked before anything behind it is
// used. The last packet of the pre-roll must have given the same frames as in the segment before, to the bit, and
// no complaint in either; all frames of the segment before must be of one shape (a channel that was away comes
// back with old memory); and what AAC remembers for ever must be the same: its noise generator, which perceptual noise
// substitution moves on with each coefficient. FFmpeg says some things once per decoder: a message that the stream has
// brought before breaks a seam as well.
// Where a seam does not hold, the decoder of the segment before goes on alone from there. The result is in all
// cases that of one decoder from start to end.

// Note [Mixing on workers]
// A worker mixes each frame to the output's channels as soon as it is decoded: its samples are in the cache still, and
// the decoder gets its buffer back for the next frame. A segment of frames would leave the cache and empty the
// decoder's pool of buffers, which cost up to a third more processor time. Only what
// every mixer mixes alike is mixed here: finite samples in frames shaped like the stream's first. At the first frame
// of another shape mixing ends for the segment, and a frame that holds more than finite numbers is handed out as it
// is: errors and what is counted as damage come in the order of one decoder.

// What a worker decodes: the job's thread makes it, and nobody changes it from then on.
struct SegmentWork {
  std::vector<SourcePacket> preroll;
  std::vector<SourcePacket> packets;
  // The first segment has no pre-roll: it goes on with the decoder of the stream's first frame, whose packet may hold
  // more of them.
  bool is_first = false;

  bool ends_stream() const { return !packets.back().packet; }
};

// What a segment decodes with. One that is done leaves them to a later one: opening a decoder takes as long as some
// packets, and what it did before, the pre-roll makes it forget.
struct SegmentTools {
  Codec codec;
  Block mixed;
};

// What is known of the place between two segments, by either of them.
struct Seam {
  std::vector<FrameHandle> frames;  // of the packet before it
  std::optional<Codec::Memory> memory;
};

// What came of it: a worker makes it, and gives it away as a whole.
struct SegmentResult {
  // Samples, a complaint, or only messages: in the order in which one decoder brings them. Samples are in `mixed`, or
  // in a frame: see Note [Mixing on workers].
  struct Event {
    int mixed = 0;  // how many
    FrameHandle frame;
    const char* complaint = nullptr;
    const SourcePacket* source = nullptr;  // of the work, to be announced before
    std::vector<std::string> messages;     // of the decoder
  };

  std::vector<Event> events;
  std::optional<SegmentTools> tools;  // none if no decoder could be opened
  std::exception_ptr error;           // met after all events
  bool is_whole = false;              // all packets are decoded, and all that the decoder had is in `events`
  size_t sent = 0;                    // of the packets, to the decoder
  size_t clean_packets = 0;           // of them, at the end: decoded without complaint or message
  bool is_steady = true;              // every frame is shaped like the first of the stream
  size_t preroll = 0;                 // packets of it
  bool opening_is_clean = false;      // the last of them was decoded without complaint or message
  Seam opening;
  Seam closing;

  // Whether this segment's decoder was where that of `before` ended: see Note [Seams].
  bool follows(const SegmentResult& before) const;
};

// Of all segments of a stream.
struct SegmentSetting {
  const CodecSetup& setup;
  const AVFrame& first;  // of the stream
  int channels;          // of the output
  size_t room;           // bytes of samples that a segment may give
  const Cancellation& cancellation;
  const std::atomic<bool>& abandoned;  // nobody waits for the result
};

// Worker thread: decodes all packets, or as many as there is room for. `tools`: the stream's own decoder for the first
// segment; else what another one has left, or nothing. `mixer` is one for the stream's first frame.
SegmentResult decode_segment(const SegmentWork& work, std::optional<SegmentTools> tools, const SegmentSetting& setting,
                             Mixer& mixer);

}  // namespace cochlea
