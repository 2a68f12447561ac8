#include "addon/arguments.h"

#include <type_traits>

#include "addon/feed.h"

namespace cochlea {

namespace {

double number(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsNumber()) throw Napi::TypeError::New(object.Env(), std::string("cochlea: ") + key + " must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

int integer(const Napi::Object& object, const char* key) { return static_cast<int>(number(object, key)); }

Napi::Object child(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsObject())
    throw Napi::TypeError::New(object.Env(), std::string("cochlea: ") + key + " must be an object");
  return value.As<Napi::Object>();
}

// An index into the enumeration, as lib/native/binding.ts lists its words.
template <typename Enum>
Enum choice(const Napi::Object& object, const char* key, Enum last) {
  const int index = integer(object, key);
  if (index < 0 || index > static_cast<int>(last)) {
    throw Napi::TypeError::New(object.Env(), std::string("cochlea: ") + key + " is out of range");
  }
  return static_cast<Enum>(index);
}

Limits read_limits(const Napi::Object& object) {
  Limits limits;
  limits.input_bytes = number(object, "inputBytes");
  limits.seconds = number(object, "seconds");
  limits.decoded_bytes = number(object, "decodedBytes");
  limits.channels = number(object, "channels");
  limits.streams = number(object, "streams");
  limits.min_sample_rate = number(object, "minSampleRate");
  limits.max_sample_rate = number(object, "maxSampleRate");
  return limits;
}

}  // namespace

SourceArgument::SourceArgument(const Napi::Value& value) {
  if (value.IsString()) {
    path_ = value.As<Napi::String>().Utf8Value();
    return;
  }
  shared_ = SourceHandle::from(value);
  if (shared_) {
    // The handle holds the bytes.
    view_ = Napi::Persistent(value.As<Napi::Object>());
    return;
  }
  feed_ = FeedHandle::from(value);
  if (feed_) return;
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(value.Env(), "cochlea: the source must be a path, a Uint8Array, a Source or a Feed");
  }
  const auto view = value.As<Napi::Uint8Array>();
  bytes_ = {view.Data(), view.ByteLength()};
  view_ = Napi::Persistent(value.As<Napi::Object>());
}

std::unique_ptr<ByteSource> SourceArgument::open(const Cancellation& cancellation) const {
  if (shared_) return shared_->open();
  if (feed_) return std::make_unique<FeedSource>(feed_->feed, cancellation, *feed_);
  if (view_.IsEmpty()) return std::make_unique<FileSource>(path_);
  return std::make_unique<MemorySource>(bytes_);
}

void SourceArgument::read_by(Job* job) const {
  if (feed_) feed_->reader = job;
}

bool SourceArgument::starved() const { return feed_ && feed_->feed->starved(); }

SamplesArgument::SamplesArgument(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    throw Napi::TypeError::New(value.Env(), "cochlea: samples must be a Float32Array");
  }
  const auto view = value.As<Napi::Float32Array>();
  samples_ = {view.Data(), view.ElementLength()};
  view_ = Napi::Persistent(value.As<Napi::Object>());
}

namespace {

// node-addon-api asks a view for its ArrayBuffer, which may be a shared one that it does not know.
std::span<const std::byte> bytes_of(const Napi::Value& value) {
  void* data = nullptr;
  size_t length = 0;
  if (value.IsDataView()) {
    if (napi_get_dataview_info(value.Env(), value, &length, &data, nullptr, nullptr) == napi_ok) {
      return {static_cast<const std::byte*>(data), length};
    }
  } else if (value.IsTypedArray()) {
    napi_typedarray_type type{};
    if (napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr) == napi_ok) {
      return {static_cast<const std::byte*>(data), length * value.As<Napi::TypedArray>().ElementSize()};
    }
  }
  throw Napi::TypeError::New(value.Env(), "cochlea: bytes must be a view of an ArrayBuffer");
}

}  // namespace

BytesArgument::BytesArgument(const Napi::Value& value) : bytes_(bytes_of(value)) {
  view_ = Napi::Persistent(value.As<Napi::Object>());
}

template <typename Element>
OutputArgument<Element>::OutputArgument(const Napi::Value& value) {
  constexpr napi_typedarray_type kType = std::is_same_v<Element, float> ? napi_float32_array : napi_uint16_array;
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != kType) {
    throw Napi::TypeError::New(value.Env(), "cochlea: the output is of the wrong type");
  }
  auto view = value.As<Napi::TypedArrayOf<Element>>();
  elements_ = {view.Data(), view.ElementLength()};
  view_ = Napi::Persistent(value.As<Napi::Object>());
}

template class OutputArgument<float>;
template class OutputArgument<uint16_t>;

DecodeOptions read_options(const Napi::Object& object) {
  DecodeOptions options;
  options.sample_rate = integer(object, "sampleRate");
  options.channels = integer(object, "channels");
  options.downmix = choice(object, "downmix", Downmix::kNone);
  options.quality = choice(object, "quality", Quality::kVeryHigh);
  options.stream = integer(object, "stream");
  options.on_damage = choice(object, "onDamage", OnDamage::kError);
  options.non_finite = choice(object, "nonFinite", NonFinite::kZero);
  options.tail = choice(object, "tail", Tail::kEditList);
  options.range.start = number(object, "start");
  options.range.end = number(object, "end");
  options.parallel = number(object, "parallel") != 0;
  options.limits = read_limits(child(object, "limits"));
  if (object.Has("raw")) {
    const Napi::Object raw = child(object, "raw");
    options.raw.codec = raw.Get("codec").As<Napi::String>().Utf8Value();
    options.raw.sample_rate = integer(raw, "sampleRate");
    options.raw.channels = integer(raw, "channels");
  }
  return options;
}

EncodeOptions read_encode_options(const Napi::Object& object) {
  EncodeOptions options;
  options.format = choice(object, "format", OutputFormat::kAac);
  options.bits = integer(object, "bits");
  options.sample_rate = integer(object, "sampleRate");
  options.channels = integer(object, "channels");
  if (options.channels < 1) throw Napi::TypeError::New(object.Env(), "cochlea: channels is out of range");
  options.max_bytes = number(object, "maxBytes");
  options.bit_rate = integer(object, "bitRate");
  return options;
}

ClipOptions read_clip_options(const Napi::Object& object) {
  ClipOptions options;
  options.name = object.Get("name").As<Napi::String>().Utf8Value();
  options.normalize = object.Get("normalize").As<Napi::Boolean>().Value();
  return options;
}

}  // namespace cochlea
