#include "addon/pick_token.h"

#include "core/transcribe/token_rules.h"

namespace cochlea {

namespace {

std::span<const float> floats(const Napi::Value& value) {
  const auto array = value.As<Napi::Float32Array>();
  return {array.Data(), array.ElementLength()};
}

size_t size(const Napi::Object& object, const char* name) { return object.Get(name).As<Napi::Number>().Uint32Value(); }

TokenRules read_rules(const Napi::Object& object) {
  return {
      .bias = floats(object.Get("bias")),
      .first = size(object, "first"),
      .timestamps = size(object, "timestamps"),
      .earliest = size(object, "earliest"),
      .end = size(object, "end"),
      .prefer_timestamps = object.Get("preferTimestamps").As<Napi::Boolean>().Value(),
      .temperature = object.Get("temperature").As<Napi::Number>().FloatValue(),
      .draw = object.Get("draw").As<Napi::Number>().DoubleValue(),
  };
}

bool fits(std::span<const float> logits, const TokenRules& rules) {
  return rules.first <= rules.timestamps && rules.timestamps <= rules.earliest && rules.earliest <= rules.end &&
         rules.end <= logits.size() && rules.bias.size() == logits.size();
}

}  // namespace

Napi::Value pick_token(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::span<const float> logits = floats(info[0]);
  const TokenRules rules = read_rules(info[1].As<Napi::Object>());
  if (!fits(logits, rules)) throw Napi::TypeError::New(env, "cochlea: the rules do not fit the logits");
  const std::optional<PickedToken> picked = pick_token(logits, rules);
  if (!picked) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("token", static_cast<double>(picked->token));
  object.Set("logProbability", picked->log_probability);
  return object;
}

Napi::Value log_probability(const Napi::CallbackInfo& info) {
  const std::span<const float> logits = floats(info[0]);
  const size_t token = info[1].As<Napi::Number>().Uint32Value();
  if (token >= logits.size()) throw Napi::TypeError::New(info.Env(), "cochlea: there is no such token");
  return Napi::Number::New(info.Env(), log_probability(logits, token));
}

}  // namespace cochlea
