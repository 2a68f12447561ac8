#include "addon/onnx_model.h"

#include <stdexcept>
#include <string>
#include <utility>

namespace cochlea {

namespace {

const napi_type_tag& tag() {
  static const napi_type_tag tag = {0x2f6a1c3d9b7e4850, reinterpret_cast<uint64_t>(&tag)};
  return tag;
}

// Calls `work`, whose errors become those of JavaScript.
template <typename Work>
auto guarded(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const std::runtime_error& error) {
    throw Napi::Error::New(env, error.what());
  } catch (const std::invalid_argument& error) {
    throw Napi::TypeError::New(env, error.what());
  }
}

ElementType type_of(const Napi::TypedArray& array) {
  switch (array.TypedArrayType()) {
    case napi_float32_array:
      return ElementType::float32;
    case napi_int8_array:
      return ElementType::int8;
    case napi_int32_array:
      return ElementType::int32;
    case napi_bigint64_array:
      return ElementType::int64;
    default:
      throw std::invalid_argument("there is no such element type");
  }
}

std::span<std::byte> memory_of(const Napi::TypedArray& array) {
  const std::span<std::byte> whole(static_cast<std::byte*>(array.ArrayBuffer().Data()),
                                   array.ArrayBuffer().ByteLength());
  return whole.subspan(array.ByteOffset(), array.ByteLength());
}

// Of {name, data, dims}.
std::vector<BoundTensor> read_tensors(const Napi::Array& list, std::vector<Napi::ObjectReference>& arrays) {
  std::vector<BoundTensor> tensors;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const auto given = list.Get(i).As<Napi::Object>();
    const auto data = given.Get("data").As<Napi::TypedArray>();
    const auto dims = given.Get("dims").As<Napi::Array>();
    BoundTensor tensor{
        .name = given.Get("name").As<Napi::String>(), .type = type_of(data), .data = memory_of(data), .shape = {}};
    for (uint32_t axis = 0; axis < dims.Length(); axis++) {
      tensor.shape.push_back(dims.Get(axis).As<Napi::Number>().Int64Value());
    }
    tensors.push_back(std::move(tensor));
    arrays.push_back(Napi::Persistent(data.As<Napi::Object>()));
  }
  return tensors;
}

Napi::Object to_object(Napi::Env env, const TensorShapes& shapes) {
  Napi::Object object = Napi::Object::New(env);
  for (const auto& [name, shape] : shapes) {
    Napi::Array dims = Napi::Array::New(env, shape.size());
    for (uint32_t axis = 0; axis < shape.size(); axis++) dims.Set(axis, static_cast<double>(shape.at(axis)));
    object.Set(name, dims);
  }
  return object;
}

OnnxModelOptions read_options(const Napi::Object& given) {
  OnnxModelOptions options{.threads = given.Get("threads").As<Napi::Number>().Int32Value(), .config = {}};
  const auto config = given.Get("config").As<Napi::Object>();
  const Napi::Array keys = config.GetPropertyNames();
  for (uint32_t i = 0; i < keys.Length(); i++) {
    const Napi::Value key = keys.Get(i);
    options.config[key.As<Napi::String>()] = config.Get(key).As<Napi::String>();
  }
  return options;
}

}  // namespace

Napi::Function OnnxModelHandle::define(Napi::Env env) {
  return DefineClass(
      env, "OnnxModel",
      {InstanceAccessor<&OnnxModelHandle::inputs>("inputs"), InstanceAccessor<&OnnxModelHandle::outputs>("outputs"),
       InstanceMethod<&OnnxModelHandle::release>("release")});
}

OnnxModelHandle::OnnxModelHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  info.This().As<Napi::Object>().TypeTag(&tag());
  const std::string library = info[0].As<Napi::String>();
  const std::string path = info[1].As<Napi::String>();
  const OnnxModelOptions options = read_options(info[2].As<Napi::Object>());
  guarded(info.Env(), [&] { model_.emplace(library, path, options); });
}

const OnnxModel& OnnxModelHandle::from(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&tag())) {
    throw Napi::TypeError::New(value.Env(), "cochlea: it is no model");
  }
  return Unwrap(value.As<Napi::Object>())->model(value.Env());
}

const OnnxModel& OnnxModelHandle::model(Napi::Env env) const {
  if (!model_) throw Napi::Error::New(env, "cochlea: the model has been released");
  return *model_;
}

Napi::Value OnnxModelHandle::inputs(const Napi::CallbackInfo& info) {
  return to_object(info.Env(), model(info.Env()).inputs());
}

Napi::Value OnnxModelHandle::outputs(const Napi::CallbackInfo& info) {
  return to_object(info.Env(), model(info.Env()).outputs());
}

void OnnxModelHandle::release(const Napi::CallbackInfo&) { model_.reset(); }

Napi::Function OnnxBindingHandle::define(Napi::Env env) {
  return DefineClass(
      env, "OnnxBinding",
      {InstanceMethod<&OnnxBindingHandle::run>("run"), InstanceMethod<&OnnxBindingHandle::release>("release")});
}

OnnxBindingHandle::OnnxBindingHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const OnnxModel& model = OnnxModelHandle::from(info[0]);
  guarded(info.Env(), [&] {
    const std::vector<BoundTensor> inputs = read_tensors(info[1].As<Napi::Array>(), arrays_);
    const std::vector<BoundTensor> outputs = read_tensors(info[2].As<Napi::Array>(), arrays_);
    binding_.emplace(model, inputs, outputs);
  });
}

void OnnxBindingHandle::run(const Napi::CallbackInfo& info) {
  if (!binding_) throw Napi::Error::New(info.Env(), "cochlea: the binding has been released");
  guarded(info.Env(), [&] { binding_->run(); });
}

void OnnxBindingHandle::release(const Napi::CallbackInfo&) {
  binding_.reset();
  arrays_.clear();
}

}  // namespace cochlea
