#include "addon/encode.h"

#include <optional>

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/environment.h"
#include "addon/hand_over.h"

namespace cochlea {

namespace {

class EncodeJob final : public Job {
 public:
  EncodeJob(Environment& environment, const Napi::Value& samples, const Napi::Object& options,
            std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)), samples_(samples), options_(read_encode_options(options)) {
    options_.frames = samples_.samples().size() / static_cast<size_t>(options_.channels);
  }

 protected:
  void step() override {
    Encoder encoder(options_);
    encoder.push(samples_.samples(), stop());
    encoder.finish(stop());
    file_ = encoder.take();
    clipped_ = encoder.clipped();
  }

  std::optional<Napi::Value> after_step(Napi::Env env) override { return encoded(env, std::move(file_), clipped_); }

 private:
  SamplesArgument samples_;
  EncodeOptions options_;
  FileBytes file_;
  uint64_t clipped_ = 0;
};

}  // namespace

Napi::Value encode(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  return environment.start(
      std::make_unique<EncodeJob>(environment, info[0], info[1].As<Napi::Object>(), CancellationHandle::from(info[2])));
}

Napi::Object encoded(Napi::Env env, FileBytes file, uint64_t clipped) {
  const HandedOver output = hand_over(env, std::move(file.memory), file.size);
  Napi::Object result = Napi::Object::New(env);
  result.Set("bytes", Napi::Uint8Array::New(env, file.size, output.buffer, 0));
  result.Set("clipped", static_cast<double>(clipped));
  return result;
}

}  // namespace cochlea
