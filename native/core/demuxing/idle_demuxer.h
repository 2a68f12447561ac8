// The container of an open source, between two requests.
#pragma once

#include <memory>
#include <mutex>

#include "core/demuxing/demuxer.h"

namespace cochlea {

// Note [Kept containers]
// FFmpeg opens an MP4 by making a table of all its packets: 27 ms and 8 MB for two hours, as much as ten seconds of
// it take to decode. An open source keeps the container of one request for the next. One demuxer serves one request at
// a time: a request takes it, or opens its own where none is idle; of those that are given back, one is kept.
//   - It is given back when the request ended well. An error, an abort, a timeout or damage ends it.
//   - Idle, it knows no source and no job: a Lease names them, for one request. What a request limits is checked for
//     each.
//   - It goes back to the first packet, and must read there what it read after it was opened. What FFmpeg said while
//     opening is said again.
// Only MP4 and MOV. WAV, FLAC and MP3 of two hours open within a millisecond: there is nothing to gain, and no proof
// for them that they find back to the state in which they opened. Nor is there one for packets that FFmpeg parses (MP3
// and AC-3, in MP4 too), or for an index that grows by the fragments that are found on the way: with those, MP4 is
// opened each time.
//
// Roughly, of memory.
size_t bytes_of(const Demuxer& demuxer);

// Shared by all requests of a source; any thread.
class IdleDemuxer {
 public:
  // Null where none is idle, or the idle one is of no use for the request.
  std::unique_ptr<Demuxer> take(ByteSource& source, const DecodeOptions& options, const Cancellation& cancellation);
  // Drops it if it is not worth keeping.
  void give(std::unique_ptr<Demuxer> demuxer);
  // Drops the idle one, and all that come back.
  void close();
  // Of memory that is held.
  size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::unique_ptr<Demuxer> demuxer_;
  bool closed_ = false;
};

// Opens the container of a source, from its start, or takes the one that was kept. Throws what Demuxer's constructor
// does, and kSource where the start of a feed is gone.
std::unique_ptr<Demuxer> open_demuxer(ByteSource& source, const DecodeOptions& options,
                                      const Cancellation& cancellation);
// Of a request that ended well. `demuxer` reads `source`.
void keep_demuxer(const ByteSource& source, std::unique_ptr<Demuxer> demuxer);

}  // namespace cochlea
