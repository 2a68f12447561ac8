#include "addon/stream.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/environment.h"
#include "addon/hand_over.h"
#include "addon/results.h"
#include "core/ffmpeg.h"
#include "core/pipeline/pipeline.h"

namespace cochlea {

// Note [Life of a stream]
// Each read() is a job of its own: between two of them no pool thread is held. The state passes from job to
// job; whichever job runs owns it, and the JavaScript side starts no second one meanwhile. Only the handle and
// the jobs hold it, so that it ends on the main thread, where the reference to the source's bytes must be
// dropped. The decoder itself is freed on the pool: at the end, after an error, or by close().
struct StreamState {
  StreamState(const Napi::Value& source, DecodeOptions decode_options, std::shared_ptr<Cancellation> stop)
      : source(source), options(std::move(decode_options)), cancellation(std::move(stop)) {}

  SourceArgument source;
  DecodeOptions options;
  std::shared_ptr<Cancellation> cancellation;
  double seconds = 0;  // of each piece, or 0 where `frames` counts
  size_t frames = 0;
  double timeout = std::numeric_limits<double>::infinity();  // milliseconds for each piece
  std::optional<Pipeline> pipeline;
  std::optional<SampleBuffer> buffer;
  std::vector<std::string> log;  // of all reads, the first lines
  bool described = false;        // the first piece has told what the source is
  bool busy = false;             // a job has the state

  size_t piece(int sample_rate) const {
    if (frames > 0) return frames;
    return static_cast<size_t>(std::max(1.0, std::floor(seconds * sample_rate + 0.5)));
  }
  void free() {
    pipeline.reset();
    buffer.reset();
  }
  // Main thread.
  void end_job() {
    busy = false;
    source.report_memory();
  }
};

namespace {

class ReadJob final : public Job {
 public:
  ReadJob(Environment& environment, std::shared_ptr<StreamState> state)
      : Job(environment, state->cancellation), state_(std::move(state)) {
    state_->source.read_by(this);
  }
  ~ReadJob() override {
    state_->source.read_by(nullptr);
    state_->end_job();
  }
  bool starved() const override { return state_->source.starved(); }

 protected:
  void step() override {
    try {
      read();
    } catch (...) {
      state_->free();
      throw;
    }
    if (ended_) state_->free();
  }

  std::optional<Napi::Value> after_step(Napi::Env env) override {
    const size_t bytes = shape_.frames * shape_.channels * sizeof(float);
    Napi::Object result = to_js(env, hand_over(env, std::move(samples_), bytes), shape_);
    result.Set("ended", ended_);
    if (info_) result.Set("source", to_js(env, *info_));
    result.Set("damage", to_js(env, damage_));
    return result;
  }

 private:
  void read() {
    StreamState& state = *state_;
    if (!state.pipeline) {
      state.pipeline.emplace(state.source.open(*state.cancellation), state.options, idle_threads(),
                             *state.cancellation);
      state.buffer.emplace(state.pipeline->channels(), state.options.limits.decoded_bytes);
    }
    Pipeline& pipeline = *state.pipeline;
    const size_t wanted = state.piece(pipeline.sample_rate());
    const bool more = pipeline.fill(*state.buffer, wanted);
    shape_ = {static_cast<size_t>(pipeline.channels()), std::min(wanted, state.buffer->frames()),
              pipeline.sample_rate(), pipeline.start_frame()};
    samples_ = allocate_samples(shape_.frames * shape_.channels);
    state.buffer->copy(shape_.frames, {samples_.get(), shape_.frames * shape_.channels});
    pipeline.drop(*state.buffer, shape_.frames);
    ended_ = !more && state.buffer->frames() == 0;
    if (!std::exchange(state.described, true)) info_ = pipeline.info();
    damage_ = pipeline.damage();
    const LogScope scope(state.log);
    LogScope::append(log_);
    if (damage_.any()) damage_.messages = state.log;
  }

  std::shared_ptr<StreamState> state_;
  Samples samples_;
  SampleShape shape_;
  bool ended_ = false;
  std::optional<MediaInfo> info_;
  Damage damage_;
};

// Frees the decoder on the pool: it may have threads to join and large buffers to give back.
class CloseJob final : public Job {
 public:
  CloseJob(Environment& environment, std::shared_ptr<StreamState> state)
      : Job(environment, std::make_shared<Cancellation>()), state_(std::move(state)) {}
  ~CloseJob() override { state_->end_job(); }

 protected:
  void step() override { state_->free(); }
  std::optional<Napi::Value> after_step(Napi::Env env) override { return env.Undefined(); }

 private:
  std::shared_ptr<StreamState> state_;
};

}  // namespace

Napi::Function StreamHandle::define(Napi::Env env) {
  return DefineClass(env, "Stream",
                     {InstanceMethod<&StreamHandle::read>("read"), InstanceMethod<&StreamHandle::close>("close")});
}

StreamHandle::StreamHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<StreamHandle>(info) {
  state_ = std::make_shared<StreamState>(info[0], read_options(info[1].As<Napi::Object>()),
                                         CancellationHandle::from(info[2]));
  const auto piece = info[3].As<Napi::Object>();
  state_->frames = static_cast<size_t>(piece.Get("frames").As<Napi::Number>().DoubleValue());
  state_->seconds = piece.Get("seconds").As<Napi::Number>().DoubleValue();
  state_->timeout = piece.Get("timeout").As<Napi::Number>().DoubleValue();
}

Napi::Value StreamHandle::read(const Napi::CallbackInfo& info) {
  if (std::exchange(state_->busy, true)) throw Napi::Error::New(info.Env(), "cochlea: a read is in flight");
  state_->cancellation->set_deadline(state_->timeout);
  auto& environment = *info.Env().GetInstanceData<Environment>();
  return environment.start(std::make_unique<ReadJob>(environment, state_));
}

Napi::Value StreamHandle::close(const Napi::CallbackInfo& info) {
  if (std::exchange(state_->busy, true)) throw Napi::Error::New(info.Env(), "cochlea: a read is in flight");
  auto& environment = *info.Env().GetInstanceData<Environment>();
  return environment.start(std::make_unique<CloseJob>(environment, state_), true);
}

}  // namespace cochlea
