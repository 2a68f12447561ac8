#include "addon/decode.h"

#include <optional>

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/environment.h"
#include "addon/hand_over.h"
#include "addon/results.h"
#include "core/pipeline/pipeline.h"

namespace cochlea {

namespace {

// Note [Who owns the result]
// With a believable stated length the result is a V8 ArrayBuffer: allocated on the main thread between
// two steps, referenced by the job, filled by the worker. Its memory does not move, and the reference
// keeps it alive. Otherwise the worker grows memory of its own, which JavaScript takes over (external,
// freed by its finalizer) or which is copied when small.
class DecodeJob final : public Job {
 public:
  DecodeJob(Environment& environment, const Napi::Value& source, const Napi::Object& options,
            std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)), source_(source), options_(read_options(options)) {
    source_.read_by(this);
  }
  ~DecodeJob() override { source_.read_by(nullptr); }
  bool starved() const override { return source_.starved(); }

 protected:
  void step() override {
    if (!pipeline_) {
      pipeline_ = std::make_unique<Pipeline>(source_.open(stop()), options_, idle_threads(), stop());
      buffer_.emplace(pipeline_->channels(), options_.limits.decoded_bytes);
      if (pipeline_->expected_frames() > 0) return;
    }
    try {
      pipeline_->run(*buffer_);
    } catch (...) {
      // Here, not on the main thread: freeing FFmpeg's threads and large results takes time.
      pipeline_.reset();
      buffer_.reset();
      throw;
    }
    sample_rate_ = pipeline_->sample_rate();
    start_frame_ = pipeline_->start_frame();
    info_ = pipeline_->info();
    damage_ = pipeline_->damage();
    if (damage_.any()) damage_.messages = log_;
    pipeline_.reset();
  }

  std::optional<Napi::Value> after_step(Napi::Env env) override {
    if (pipeline_) {
      lend_memory(env);
      return std::nullopt;
    }
    const SampleShape shape{static_cast<size_t>(buffer_->channels()), buffer_->frames(), sample_rate_, start_frame_};
    Napi::Object result = to_js(env, take_output(env, shape.channels * shape.frames), shape);
    result.Set("source", to_js(env, info_));
    result.Set("damage", to_js(env, damage_));
    Napi::Array log = Napi::Array::New(env, log_.size());
    for (uint32_t i = 0; i < log_.size(); ++i) log.Set(i, log_[i]);
    result.Set("log", log);
    return result;
  }

 private:
  void lend_memory(Napi::Env env) {
    const size_t count = pipeline_->expected_frames() * static_cast<size_t>(pipeline_->channels());
    // V8 ends the process when it gets no memory: a large result asks first, which costs nothing (untouched
    // pages). If there is none, the worker grows memory of its own, and fails as a typed error.
    if (count * sizeof(float) >= kExternalBytes) {
      Samples trial;
      try {
        trial = allocate_samples(count);
      } catch (const AudioError&) {
        return;
      }
    }
    void* memory = nullptr;
    napi_value value = nullptr;
    if (napi_create_arraybuffer(env, count * sizeof(float), &memory, &value) != napi_ok) {
      if (env.IsExceptionPending()) env.GetAndClearPendingException();
      return;
    }
    lent_ = Napi::Persistent(Napi::ArrayBuffer(env, value));
    buffer_->lend({static_cast<float*>(memory), count});
  }

  HandedOver take_output(Napi::Env env, size_t count) {
    if (!buffer_->spilled()) return {lent_.Value(), true};
    return hand_over(env, buffer_->release(), count * sizeof(float));
  }

  SourceArgument source_;
  DecodeOptions options_;
  std::unique_ptr<Pipeline> pipeline_;
  std::optional<SampleBuffer> buffer_;
  Napi::Reference<Napi::ArrayBuffer> lent_;
  int sample_rate_ = 0;
  int64_t start_frame_ = 0;
  MediaInfo info_;
  Damage damage_;
};

}  // namespace

Napi::Value decode(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  return environment.start(
      std::make_unique<DecodeJob>(environment, info[0], info[1].As<Napi::Object>(), CancellationHandle::from(info[2])));
}

}  // namespace cochlea
