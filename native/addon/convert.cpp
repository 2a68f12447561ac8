#include "addon/convert.h"

#include <algorithm>
#include <optional>

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/environment.h"
#include "core/sound/half.h"

namespace cochlea {

namespace {

// Half a millisecond's work, between two looks at the cancellation.
constexpr size_t kBlock = size_t{1} << 19;

class ConvertJob final : public Job {
 public:
  ConvertJob(Environment& environment, const Napi::Value& from, HalfFormat format, const Napi::Value& to,
             std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)), from_(from), to_(to), format_(format) {
    if (to_.elements().size() != from_.samples().size()) {
      throw Napi::TypeError::New(from.Env(), "cochlea: input and output differ in length");
    }
  }

 protected:
  void step() override {
    const size_t size = from_.samples().size();
    for (size_t start = 0; start < size; start += kBlock) {
      stop().check();
      const size_t count = std::min(kBlock, size - start);
      to_half(from_.samples().subspan(start, count), format_, to_.elements().subspan(start, count));
    }
  }

  std::optional<Napi::Value> after_step(Napi::Env env) override { return env.Undefined(); }

 private:
  SamplesArgument from_;
  OutputArgument<uint16_t> to_;
  HalfFormat format_;
};

}  // namespace

Napi::Value convert(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  const auto format = info[1].As<Napi::Number>().Uint32Value() == 0 ? HalfFormat::kFloat16 : HalfFormat::kBfloat16;
  return environment.start(
      std::make_unique<ConvertJob>(environment, info[0], format, info[2], CancellationHandle::from(info[3])));
}

}  // namespace cochlea
