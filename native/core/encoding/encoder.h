// Samples → the bytes of a WAV, FLAC, MP3, Opus or AAC file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/encoding/encode_options.h"
#include "core/encoding/encoded_file.h"
#include "core/limits.h"
#include "core/sound/resampler.h"
#include "core/sound/sample_buffer.h"

namespace cochlea {

// Channels are written in their order. In WAV and FLAC they have no names, because the tensors that come in have none.
// Codecs that have few sample rates get the samples resampled to one of them, by the rule of nearest_rate().
class Encoder {
 public:
  // Throws kLimit ("encodedBytes") when a WAV file is known to become too large, and kInternal.
  explicit Encoder(const EncodeOptions& options);

  // Takes a block of any length, planar: channels × frames. Throws kNonFinite, kAborted, kLimit
  // ("timeout", "encodedBytes") or kInternal; the encoder is of no use afterwards.
  void push(std::span<const float> samples, const Cancellation& cancellation);
  // Writes what is held back and the end of the file. Throws as push() does, and kEmpty when no sample
  // ever came.
  void finish(const Cancellation& cancellation);

  // The bytes that are ready: of a stream those since the last call, of a whole file all, after finish().
  FileBytes take() { return file_.take(); }
  // See Quantised::clipped.
  uint64_t clipped() const { return clipped_; }

 private:
  // Planar samples, and those of them that count: [start, start + count) of each channel.
  struct Piece {
    std::span<const float> samples;
    size_t start;
    size_t count;
  };

  // Where the samples of a channel go: every `step`-th place.
  struct Place {
    void* to;
    size_t step;
  };

  size_t fill_block(const Piece& piece, SampleForm form);
  void encode_block();
  void resample(const Piece& piece);
  void encode_resampled();
  void finish_resampling();
  void convert(const Piece& piece, size_t channel, SampleForm form, Place place);
  Place place_in_block(size_t channel) const;

  // What resampling needs.
  struct Resampling {
    Resampling(int from_rate, int to_rate, int channels);
    uint64_t from;
    uint64_t to;
    SampleBuffer output;
    Resampler resampler;
    std::vector<float> clipped;    // a piece of the input
    std::vector<float> resampled;  // what became of it
  };

  EncodedFile file_;
  SampleForm form_;
  std::optional<Resampling> resampling_;
  FrameHandle block_;
  size_t filled_ = 0;     // frames in the block
  uint64_t written_ = 0;  // frames in the blocks before it
  uint64_t taken_ = 0;    // frames that came in
  uint64_t clipped_ = 0;
};

}  // namespace cochlea
