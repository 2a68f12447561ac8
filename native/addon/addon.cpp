// Table of contents: everything that the addon exports.
#include <napi.h>

#include <memory>

#include "addon/cancellation.h"
#include "addon/convert.h"
#include "addon/decode.h"
#include "addon/encode.h"
#include "addon/encode_stream.h"
#include "addon/environment.h"
#include "addon/feed.h"
#include "addon/load_library.h"
#include "addon/log_mel.h"
#include "addon/onnx_model.h"
#include "addon/pad.h"
#include "addon/pick_token.h"
#include "addon/probe.h"
#include "addon/set_variable.h"
#include "addon/source.h"
#include "addon/stream.h"
#include "addon/transfer/digest.h"
#include "addon/transfer/map_file.h"
#include "addon/transfer/nixl_agent.h"
#include "addon/trim_memory.h"
#include "core/ffmpeg.h"

namespace cochlea {

namespace {

Napi::Value versions(const Napi::CallbackInfo& info) {
  const Versions versions = cochlea::versions();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("ffmpeg", versions.ffmpeg);
  object.Set("ffmpegLicense", versions.ffmpeg_license);
  object.Set("soxr", versions.soxr);
  object.Set("soxrEngine", versions.soxr_engine);
  return object;
}

// load(): what the thread pool is doing now.
Napi::Value load(const Napi::CallbackInfo& info) {
  const ThreadPool::Load load = info.Env().GetInstanceData<Environment>()->pool().load();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("threads", static_cast<double>(load.threads));
  object.Set("running", static_cast<double>(load.running));
  object.Set("waiting", static_cast<double>(load.waiting));
  object.Set("stalled", static_cast<double>(load.stalled));
  return object;
}

// threads(): size of the pool, which this does not start.
Napi::Value threads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), ThreadPool::size()); }

// setThreads(count, onlyFirst?): size of the pool, from now on; `onlyFirst`: unless it was set before.
void set_threads(const Napi::CallbackInfo& info) {
  const unsigned count = info[0].As<Napi::Number>().Uint32Value();
  if (info[1].IsBoolean() && info[1].As<Napi::Boolean>().Value()) {
    ThreadPool::propose_size(count);
  } else {
    ThreadPool::resize(count);
  }
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  initialize_ffmpeg();
  auto environment = std::make_unique<Environment>(env);
  env.SetInstanceData(environment.release());
  exports.Set("Cancellation", CancellationHandle::define(env));
  exports.Set("Feed", FeedHandle::define(env));
  exports.Set("Source", SourceHandle::define(env));
  exports.Set("Stream", StreamHandle::define(env));
  exports.Set("convert", Napi::Function::New<convert>(env, "convert"));
  exports.Set("decode", Napi::Function::New<decode>(env, "decode"));
  exports.Set("digest", Napi::Function::New<digest>(env, "digest"));
  exports.Set("encode", Napi::Function::New<encode>(env, "encode"));
  exports.Set("EncodeStream", EncodeStreamHandle::define(env));
  exports.Set("LogMel", LogMelHandle::define(env));
  exports.Set("logProbability", Napi::Function::New<log_probability>(env, "logProbability"));
  exports.Set("mapFile", Napi::Function::New<map_file>(env, "mapFile"));
  exports.Set("NixlAgent", NixlAgentHandle::define(env));
  exports.Set("OnnxBinding", OnnxBindingHandle::define(env));
  exports.Set("OnnxModel", OnnxModelHandle::define(env));
  exports.Set("pad", Napi::Function::New<pad>(env, "pad"));
  exports.Set("pickToken", Napi::Function::New<pick_token>(env, "pickToken"));
  exports.Set("probe", Napi::Function::New<probe>(env, "probe"));
  exports.Set("versions", Napi::Function::New<versions>(env, "versions"));
  exports.Set("load", Napi::Function::New<load>(env, "load"));
  exports.Set("loadLibrary", Napi::Function::New<load_library>(env, "loadLibrary"));
  exports.Set("setVariable", Napi::Function::New<set_variable>(env, "setVariable"));
  exports.Set("trimMemory", Napi::Function::New<trim_memory>(env, "trimMemory"));
  exports.Set("unmap", Napi::Function::New<unmap>(env, "unmap"));
  exports.Set("threads", Napi::Function::New<threads>(env, "threads"));
  exports.Set("setThreads", Napi::Function::New<set_threads>(env, "setThreads"));
  return exports;
}

NODE_API_MODULE(cochlea, initialize)

}  // namespace

}  // namespace cochlea
