#include "addon/probe.h"

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/environment.h"
#include "addon/results.h"
#include "core/pipeline/pipeline.h"

namespace cochlea {

namespace {

class ProbeJob final : public Job {
 public:
  ProbeJob(Environment& environment, const Napi::Value& source, const Napi::Object& options,
           std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)), source_(source), options_(read_options(options)) {
    source_.read_by(this);
  }
  ~ProbeJob() override { source_.read_by(nullptr); }
  bool starved() const override { return source_.starved(); }

 protected:
  void step() override {
    const std::unique_ptr<ByteSource> source = source_.open(stop());
    info_ = cochlea::probe(*source, options_, stop());
  }

  std::optional<Napi::Value> after_step(Napi::Env env) override { return to_js(env, info_); }

 private:
  SourceArgument source_;
  DecodeOptions options_;
  MediaInfo info_;
};

}  // namespace

Napi::Value probe(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  return environment.start(
      std::make_unique<ProbeJob>(environment, info[0], info[1].As<Napi::Object>(), CancellationHandle::from(info[2])));
}

}  // namespace cochlea
