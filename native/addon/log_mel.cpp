#include "addon/log_mel.h"

#include <optional>
#include <utility>

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/environment.h"

namespace cochlea {

namespace {

class LogMelJob final : public Job {
 public:
  LogMelJob(Environment& environment, std::shared_ptr<const LogMel> log_mel, const Napi::Value& samples,
            const Napi::Object& options, const Napi::Value& to, std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)),
        log_mel_(std::move(log_mel)),
        samples_(samples),
        to_(to),
        options_(read_clip_options(options)) {
    options_.length = static_cast<size_t>(options.Get("length").As<Napi::Number>().Int64Value());
    if (samples_.samples().size() > options_.length ||
        to_.elements().size() != log_mel_->mels() * log_mel_->frames(options_.length)) {
      throw Napi::TypeError::New(samples.Env(), "cochlea: length, clip and output do not fit each other");
    }
  }

 protected:
  void step() override { log_mel_->compute(Clip(samples_.samples(), options_), to_.elements(), stop()); }

  std::optional<Napi::Value> after_step(Napi::Env env) override { return env.Undefined(); }

 private:
  std::shared_ptr<const LogMel> log_mel_;
  SamplesArgument samples_;
  OutputArgument<float> to_;
  ClipOptions options_;
};

std::span<const double> table(const Napi::Object& object, const char* key, size_t size) {
  const Napi::Value value = object.Get(key);
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array) {
    const auto view = value.As<Napi::Float64Array>();
    if (view.ElementLength() == size) return {view.Data(), size};
  }
  throw Napi::TypeError::New(object.Env(), std::string("cochlea: ") + key + " must be a Float64Array of its size");
}

double number(const Napi::Object& object, const char* key) { return object.Get(key).As<Napi::Number>().DoubleValue(); }

size_t count(const Napi::Object& object, const char* key) {
  const auto value = object.Get(key).As<Napi::Number>().Int64Value();
  if (value < 1) throw Napi::TypeError::New(object.Env(), std::string("cochlea: ") + key + " must be positive");
  return static_cast<size_t>(value);
}

}  // namespace

Napi::Function LogMelHandle::define(Napi::Env env) {
  return DefineClass(env, "LogMel", {InstanceMethod<&LogMelHandle::compute>("compute")});
}

LogMelHandle::LogMelHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LogMelHandle>(info) {
  const auto object = info[0].As<Napi::Object>();
  LogMelSpec spec;
  spec.n_fft = count(object, "nFft");
  if (spec.n_fft % 2 != 0) throw Napi::TypeError::New(info.Env(), "cochlea: nFft must be even");
  spec.hop_length = count(object, "hopLength");
  spec.mels = count(object, "mels");
  spec.window = table(object, "window", spec.n_fft);
  spec.filters = table(object, "filters", spec.mels * (spec.n_fft / 2 + 1));
  spec.floor = number(object, "floor");
  spec.range = number(object, "range");
  spec.offset = number(object, "offset");
  spec.scale = number(object, "scale");
  log_mel_ = std::make_shared<const LogMel>(spec);
}

Napi::Value LogMelHandle::compute(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  return environment.start(std::make_unique<LogMelJob>(environment, log_mel_, info[0], info[1].As<Napi::Object>(),
                                                       info[2], CancellationHandle::from(info[3])));
}

}  // namespace cochlea
