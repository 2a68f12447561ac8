#include "addon/encode_stream.h"

#include <utility>

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/encode.h"
#include "addon/environment.h"

namespace cochlea {

namespace {

// One call: a block, or nothing for the end of the file. The job keeps the stream alive, so that its handle
// may be collected meanwhile.
class EncodeStreamJob final : public Job {
 public:
  EncodeStreamJob(Environment& environment, std::shared_ptr<EncodeStream> stream,
                  std::optional<SamplesArgument> samples, std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)), stream_(std::move(stream)), samples_(std::move(samples)) {
    stream_->busy = true;
    // Until it proves otherwise.
    stream_->ended = true;
  }
  // However the job ended, and on the main thread.
  ~EncodeStreamJob() override { stream_->busy = false; }

 protected:
  void step() override {
    if (!stream_->encoder) stream_->encoder.emplace(stream_->options);
    Encoder& encoder = *stream_->encoder;
    if (samples_) {
      encoder.push(samples_->samples(), stop());
    } else {
      encoder.finish(stop());
    }
    file_ = encoder.take();
    clipped_ = encoder.clipped();
    if (!samples_) stream_->encoder.reset();
  }

  std::optional<Napi::Value> after_step(Napi::Env env) override {
    if (samples_) stream_->ended = false;
    return encoded(env, std::move(file_), clipped_);
  }

 private:
  std::shared_ptr<EncodeStream> stream_;
  std::optional<SamplesArgument> samples_;
  FileBytes file_;
  uint64_t clipped_ = 0;
};

}  // namespace

Napi::Function EncodeStreamHandle::define(Napi::Env env) {
  return DefineClass(
      env, "EncodeStream",
      {InstanceMethod<&EncodeStreamHandle::write>("write"), InstanceMethod<&EncodeStreamHandle::finish>("finish")});
}

EncodeStreamHandle::EncodeStreamHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<EncodeStreamHandle>(info) {
  stream_->options = read_encode_options(info[0].As<Napi::Object>());
}

Napi::Value EncodeStreamHandle::write(const Napi::CallbackInfo& info) {
  require_idle(info.Env());
  auto& environment = *info.Env().GetInstanceData<Environment>();
  std::optional<SamplesArgument> samples(info[0]);
  return environment.start(
      std::make_unique<EncodeStreamJob>(environment, stream_, std::move(samples), CancellationHandle::from(info[1])));
}

Napi::Value EncodeStreamHandle::finish(const Napi::CallbackInfo& info) {
  require_idle(info.Env());
  auto& environment = *info.Env().GetInstanceData<Environment>();
  return environment.start(
      std::make_unique<EncodeStreamJob>(environment, stream_, std::nullopt, CancellationHandle::from(info[0])));
}

void EncodeStreamHandle::require_idle(Napi::Env env) const {
  if (stream_->busy) throw Napi::Error::New(env, "cochlea: the stream is still writing");
  if (stream_->ended) throw Napi::Error::New(env, "cochlea: the stream has ended");
}

}  // namespace cochlea
