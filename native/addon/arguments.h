// JavaScript arguments → plain structs, on the main thread. lib/ has validated every value: what
// is wrong here is a mistake of ours, and throws a TypeError.
#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "addon/source.h"
#include "core/decode_options.h"
#include "core/encoding/encoder.h"
#include "core/features/clip.h"
#include "core/source/byte_source.h"
#include "core/source/feed.h"

namespace cochlea {

class FeedLink;
class Job;

// Path, bytes, a Source or a Feed. Bytes stay in JavaScript's memory, held by a reference until this is destroyed,
// which must happen on the main thread.
class SourceArgument {
 public:
  explicit SourceArgument(const Napi::Value& value);
  ~SourceArgument() { report_memory(); }
  SourceArgument(const SourceArgument&) = delete;
  SourceArgument& operator=(const SourceArgument&) = delete;
  // Pool thread. Throws kSource. The result reads memory that this keeps alive, and looks at the cancellation. A feed
  // can be opened once.
  std::unique_ptr<ByteSource> open(const Cancellation& cancellation) const;
  // Main thread. Of what an open source keeps once a request has ended; when this is destroyed as well.
  void report_memory() const {
    if (shared_) shared_->report_memory();
  }
  // Main thread, between steps. Which job reads it now, or null.
  void read_by(Job* job) const;
  // Main thread. Whether that job sleeps for want of bytes.
  bool starved() const;

 private:
  std::string path_;
  Napi::ObjectReference view_;
  std::span<const uint8_t> bytes_;
  std::shared_ptr<SharedSource> shared_;
  std::shared_ptr<FeedLink> feed_;
};

// Float32Array: like bytes, used in JavaScript's memory.
class SamplesArgument {
 public:
  explicit SamplesArgument(const Napi::Value& value);
  // Any thread.
  std::span<const float> samples() const { return samples_; }

 private:
  Napi::ObjectReference view_;
  std::span<const float> samples_;
};

// A view of any type: like bytes, used in JavaScript's memory.
class BytesArgument {
 public:
  explicit BytesArgument(const Napi::Value& value);
  // Any thread.
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  Napi::ObjectReference view_;
  std::span<const std::byte> bytes_;
};

// Float32Array or Uint16Array that a job fills: memory of JavaScript, which lib/ gives to nobody before the job has
// ended.
template <typename Element>
class OutputArgument {
 public:
  explicit OutputArgument(const Napi::Value& value);
  // Any thread.
  std::span<Element> elements() const { return elements_; }

 private:
  Napi::ObjectReference view_;
  std::span<Element> elements_;
};

extern template class OutputArgument<float>;
extern template class OutputArgument<uint16_t>;

DecodeOptions read_options(const Napi::Object& object);
EncodeOptions read_encode_options(const Napi::Object& object);
// `length` is for the caller to set.
ClipOptions read_clip_options(const Napi::Object& object);

}  // namespace cochlea
