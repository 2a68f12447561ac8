#include "addon/pad.h"

#include <optional>

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/environment.h"

namespace cochlea {

namespace {

class PadJob final : public Job {
 public:
  PadJob(Environment& environment, const Napi::Value& samples, const Napi::Object& options, const Napi::Value& to,
         std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)), samples_(samples), to_(to), options_(read_clip_options(options)) {
    options_.length = to_.elements().size();
    if (samples_.samples().size() > options_.length) {
      throw Napi::TypeError::New(samples.Env(), "cochlea: the clip is longer than its place");
    }
  }

 protected:
  void step() override { Clip(samples_.samples(), options_).copy(to_.elements()); }

  std::optional<Napi::Value> after_step(Napi::Env env) override { return env.Undefined(); }

 private:
  SamplesArgument samples_;
  OutputArgument<float> to_;
  ClipOptions options_;
};

}  // namespace

Napi::Value pad(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  return environment.start(std::make_unique<PadJob>(environment, info[0], info[1].As<Napi::Object>(), info[2],
                                                    CancellationHandle::from(info[3])));
}

}  // namespace cochlea
