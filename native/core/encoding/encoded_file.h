// Blocks of samples → the bytes of a file: a codec, a muxer, and the memory that it writes into.
#pragma once

#include <cstddef>
#include <memory>

#include "core/encoding/output_codec.h"
#include "core/encoding/output_memory.h"
#include "core/ffmpeg.h"

namespace cochlea {

// Note [Whole files and streams]
// A whole file is written into memory where the muxer can go back: its headers state the length, FLAC's the MD5 of the
// samples, and MP3's the padding at the end. A WAV file of 4 GiB or more is an RF64 file; whether it will be one is
// known before, so that all others have the plain header that every reader knows.
// The bytes of a stream have left before its end is known. Its headers follow the convention of programs that write to
// a pipe: in WAV both sizes are 0xFFFFFFFF; in FLAC the number of samples and the MD5 are 0, which the format defines
// as unknown; in MP3 the tag states the delay at the start, and neither the length nor the padding at the end. Ogg and
// ADTS have no such header: Opus states what to drop at its start in its first page, and at its end in the last one.
class EncodedFile {
 public:
  // Throws kLimit ("encodedBytes") when a WAV file is known to become too large, and kInternal.
  explicit EncodedFile(const EncodeOptions& options);
  EncodedFile(const EncodedFile&) = delete;
  EncodedFile& operator=(const EncodedFile&) = delete;

  int sample_rate() const { return codec_->sample_rate; }
  size_t channels() const { return static_cast<size_t>(codec_->ch_layout.nb_channels); }
  AVSampleFormat sample_format() const { return codec_->sample_fmt; }
  // Frames of a full block. All have that size, unless `takes_any_block`, and except for the last.
  size_t block_frames() const;
  bool takes_any_block() const { return codec_->frame_size == 0; }

  // An empty block, with room for a full one.
  FrameHandle make_block() const;
  // Throw kLimit ("encodedBytes") or kInternal; the file is of no use afterwards.
  void write(const AVFrame& block);
  void finish();
  // Makes take() give all that the muxer has written so far.
  void flush();
  FileBytes take() { return output_.take(); }

 private:
  void open_codec(const EncodeOptions& options);
  void open_muxer(const EncodeOptions& options);
  void send(const AVFrame* frame);
  void check(int result, const char* what) const;

  struct FreeFormat {
    void operator()(AVFormatContext* format) const { avformat_free_context(format); }
  };

  OutputMemory output_;
  OutputCodec kind_;
  CodecHandle codec_;
  std::unique_ptr<AVFormatContext, FreeFormat> format_;
  PacketHandle packet_;
};

}  // namespace cochlea
