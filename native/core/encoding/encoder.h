// Samples → the bytes of a WAV or FLAC file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "core/encoding/output_memory.h"
#include "core/ffmpeg.h"
#include "core/limits.h"

namespace cochlea {

enum class OutputFormat { kWav, kFlac };

struct EncodeOptions {
  OutputFormat format = OutputFormat::kWav;
  // WAV: 16, 24, or 32 for float. FLAC: 16 or 24. See quantise.h.
  int bits = 16;
  int sample_rate = 0;
  int channels = 0;
  // How many frames there will be, when all are at hand. See Note [Whole files and streams].
  std::optional<size_t> frames;
  // The most that take() may give.
  double max_bytes = std::numeric_limits<double>::infinity();
};

// Note [Whole files and streams]
// A whole file is written into memory where the muxer can go back: its headers state the length, and
// FLAC's the MD5 of the samples. A WAV file of 4 GiB or more is an RF64 file; whether it will be one is
// known before, so that all others have the plain header that every reader knows.
// The bytes of a stream have left before its end is known. Its headers follow the convention of programs
// that write to a pipe: in WAV both sizes are 0xFFFFFFFF; in FLAC the number of samples and the MD5 are 0,
// which the format defines as unknown.
//
// Channels are written in their order and without names: the tensors that come in have none.
class Encoder {
 public:
  // Throws kLimit ("encodedBytes") when a WAV file is known to become too large, and kInternal.
  explicit Encoder(const EncodeOptions& options);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Takes a block of any length, planar: channels × frames. Throws kNonFinite, kAborted, kLimit
  // ("timeout", "encodedBytes") or kInternal; the encoder is of no use afterwards.
  void push(std::span<const float> samples, const Cancellation& cancellation);
  // Writes what is held back and the end of the file. Throws as push() does, and kEmpty when no sample
  // ever came.
  void finish(const Cancellation& cancellation);

  // The bytes that are ready: of a stream those since the last call, of a whole file all, after finish().
  FileBytes take() { return output_.take(); }
  // See Quantised::clipped.
  uint64_t clipped() const { return clipped_; }

 private:
  void open_codec(const EncodeOptions& options);
  void open_file(const EncodeOptions& options);
  void begin_block();
  void fill_block(std::span<const float> samples, size_t start, size_t count);
  void encode_block();
  void send(const AVFrame* frame);
  void flush();
  void check(int result, const char* what) const;

  struct FreeFormat {
    void operator()(AVFormatContext* format) const { avformat_free_context(format); }
  };

  OutputMemory output_;
  CodecHandle codec_;
  std::unique_ptr<AVFormatContext, FreeFormat> format_;
  PacketHandle packet_;
  FrameHandle block_;
  size_t block_frames_ = 0;  // of a full block
  size_t filled_ = 0;        // frames in the block
  uint64_t frames_ = 0;      // in the blocks before it
  uint64_t clipped_ = 0;
};

}  // namespace cochlea
