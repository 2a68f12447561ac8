#include "addon/results.h"

namespace cochlea {

namespace {

Napi::Value positive_or_null(Napi::Env env, double value) {
  return value > 0 ? Napi::Value(Napi::Number::New(env, value)) : env.Null();
}

Napi::Value collected(Napi::Env env, Storage storage) {
  if (storage == Storage::kNone) return env.Null();
  return Napi::String::New(env, storage == Storage::kFile ? "file" : "memory");
}

void set_stream(Napi::Object object, const StreamInfo& stream) {
  const Napi::Env env = object.Env();
  object.Set("index", stream.index);
  object.Set("codec", stream.codec);
  object.Set("profile", stream.profile.empty() ? env.Null() : Napi::Value(Napi::String::New(env, stream.profile)));
  object.Set("sampleRate", stream.sample_rate);
  object.Set("channels", stream.channels);
  object.Set("channelLayout", stream.layout);
  object.Set("bitRate", positive_or_null(env, static_cast<double>(stream.bit_rate)));
  object.Set("decodable", stream.decodable);
}

}  // namespace

Napi::Object to_js(Napi::Env env, const HandedOver& samples, const SampleShape& shape) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("data", Napi::Float32Array::New(env, shape.channels * shape.frames, samples.buffer, 0));
  object.Set("channels", static_cast<double>(shape.channels));
  object.Set("frames", static_cast<double>(shape.frames));
  object.Set("sampleRate", shape.sample_rate);
  object.Set("startFrame", static_cast<double>(shape.start_frame));
  object.Set("transferable", samples.transferable);
  return object;
}

Napi::Object to_js(Napi::Env env, const MediaInfo& info) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("container", info.container);
  set_stream(object, info.stream);
  object.Set("duration", positive_or_null(env, info.duration));
  object.Set("size", info.size < 0 ? env.Null() : Napi::Value(Napi::Number::New(env, static_cast<double>(info.size))));
  object.Set("collected", collected(env, info.collected));
  Napi::Array streams = Napi::Array::New(env, info.audio_streams.size());
  for (uint32_t i = 0; i < info.audio_streams.size(); ++i) {
    Napi::Object stream = Napi::Object::New(env);
    set_stream(stream, info.audio_streams[i]);
    streams.Set(i, stream);
  }
  object.Set("streams", streams);
  return object;
}

Napi::Object to_js(Napi::Env env, const Damage& damage) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("packets", static_cast<double>(damage.packets));
  object.Set("nonFinite", static_cast<double>(damage.non_finite));
  object.Set("truncated", damage.truncated);
  Napi::Array messages = Napi::Array::New(env, damage.messages.size());
  for (uint32_t i = 0; i < damage.messages.size(); ++i) messages.Set(i, damage.messages[i]);
  object.Set("messages", messages);
  return object;
}

}  // namespace cochlea
