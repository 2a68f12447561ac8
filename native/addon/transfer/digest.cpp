#include "addon/transfer/digest.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "addon/arguments.h"
#include "addon/cancellation.h"
#include "addon/environment.h"
#include "core/transfer/digest.h"

namespace cochlea {

namespace {

// Well below a millisecond's work, between two looks at the cancellation.
constexpr size_t kBlock = size_t{1} << 22;

std::string hexadecimal(uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

class DigestJob final : public Job {
 public:
  DigestJob(Environment& environment, const Napi::Array& parts, std::shared_ptr<Cancellation> cancellation)
      : Job(environment, std::move(cancellation)) {
    parts_.reserve(parts.Length());
    for (uint32_t i = 0; i < parts.Length(); ++i) parts_.emplace_back(parts.Get(i));
  }

 protected:
  void step() override {
    for (const BytesArgument& part : parts_) {
      for (std::span<const std::byte> rest = part.bytes(); !rest.empty();) {
        stop().check();
        const size_t count = std::min(kBlock, rest.size());
        digest_.add(rest.first(count));
        rest = rest.subspan(count);
      }
    }
  }

  std::optional<Napi::Value> after_step(Napi::Env env) override {
    return Napi::String::New(env, hexadecimal(digest_.value()));
  }

 private:
  std::vector<BytesArgument> parts_;
  Digest digest_;
};

}  // namespace

Napi::Value digest(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  if (!info[0].IsArray()) throw Napi::TypeError::New(info.Env(), "cochlea: parts must be an array");
  return environment.start(
      std::make_unique<DigestJob>(environment, info[0].As<Napi::Array>(), CancellationHandle::from(info[1])));
}

}  // namespace cochlea
