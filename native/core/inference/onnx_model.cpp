#include "core/inference/onnx_model.h"

#include <dlfcn.h>
#include <onnxruntime_c_api.h>

#include <stdexcept>
#include <utility>

namespace cochlea {

namespace {

// What every call needs. It lives as long as the process: onnxruntime-node shares the environment, and sessions on
// other threads may outlast any owner here.
struct Library {
  const OrtApi* api;
  OrtEnv* environment;
};

void check(const OrtApi* api, OrtStatus* status) {
  if (status == nullptr) return;
  const std::string message = api->GetErrorMessage(status);
  api->ReleaseStatus(status);
  throw std::runtime_error(message);
}

Library open(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    throw std::runtime_error(reason == nullptr ? path + " does not load" : reason);
  }
  const auto base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(handle, "OrtGetApiBase"));
  if (base == nullptr) throw std::runtime_error(path + " is no library of ONNX Runtime");
  const OrtApi* api = base()->GetApi(ORT_API_VERSION);
  if (api == nullptr) throw std::runtime_error(path + " is older than ONNX Runtime 1.18");
  OrtEnv* environment = nullptr;
  check(api, api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "cochlea", &environment));
  return {api, environment};
}

const Library& library(const std::string& path) {
  static const Library opened = open(path);
  return opened;
}

// What is set here is what sessionOptions() of lib/onnx/session_options.ts sets for the CPU.
std::shared_ptr<OrtSession> open_session(const Library& library, const std::string& path,
                                         const OnnxModelOptions& given) {
  const OrtApi* api = library.api;
  OrtSessionOptions* created = nullptr;
  check(api, api->CreateSessionOptions(&created));
  const std::unique_ptr<OrtSessionOptions, void (*)(OrtSessionOptions*)> options(created, api->ReleaseSessionOptions);
  check(api, api->SetSessionGraphOptimizationLevel(options.get(), ORT_ENABLE_ALL));
  check(api, api->SetSessionLogSeverityLevel(options.get(), ORT_LOGGING_LEVEL_FATAL));
  check(api, api->DisableCpuMemArena(options.get()));
  if (given.threads > 0) check(api, api->SetIntraOpNumThreads(options.get(), given.threads));
  for (const auto& [key, value] : given.config) {
    check(api, api->AddSessionConfigEntry(options.get(), key.c_str(), value.c_str()));
  }
  OrtSession* session = nullptr;
  check(api, api->CreateSession(library.environment, path.c_str(), options.get(), &session));
  return {session, api->ReleaseSession};
}

std::vector<int64_t> shape_of(const OrtApi* api, const OrtTypeInfo* type) {
  const OrtTensorTypeAndShapeInfo* info = nullptr;
  check(api, api->CastTypeInfoToTensorInfo(type, &info));
  if (info == nullptr) throw std::runtime_error("an input or output is no tensor");
  size_t axes = 0;
  check(api, api->GetDimensionsCount(info, &axes));
  std::vector<int64_t> shape(axes);
  check(api, api->GetDimensions(info, shape.data(), axes));
  return shape;
}

struct Side {
  decltype(OrtApi::SessionGetInputCount) count;
  decltype(OrtApi::SessionGetInputName) name;
  decltype(OrtApi::SessionGetInputTypeInfo) type;
};

TensorShapes shapes(const OrtApi* api, const OrtSession* session, const Side& side) {
  OrtAllocator* allocator = nullptr;
  check(api, api->GetAllocatorWithDefaultOptions(&allocator));
  size_t count = 0;
  check(api, side.count(session, &count));
  TensorShapes result;
  for (size_t i = 0; i < count; i++) {
    char* name = nullptr;
    check(api, side.name(session, i, allocator, &name));
    const std::string copy = name;
    check(api, api->AllocatorFree(allocator, name));
    OrtTypeInfo* type = nullptr;
    check(api, side.type(session, i, &type));
    const std::unique_ptr<OrtTypeInfo, void (*)(OrtTypeInfo*)> owned(type, api->ReleaseTypeInfo);
    result[copy] = shape_of(api, type);
  }
  return result;
}

struct Element {
  ONNXTensorElementDataType type;
  size_t size;
};

Element element(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, sizeof(float)};
    case ElementType::int8:
      return {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, sizeof(int8_t)};
    case ElementType::int32:
      return {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, sizeof(int32_t)};
    case ElementType::int64:
      return {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, sizeof(int64_t)};
  }
  throw std::invalid_argument("there is no such element type");
}

void require_fit(const BoundTensor& tensor, size_t element_size) {
  size_t left = tensor.data.size() / element_size;
  bool fits = tensor.data.size() % element_size == 0;
  size_t product = 1;
  for (const int64_t size : tensor.shape) {
    fits = fits && size > 0 && product <= left / static_cast<size_t>(size);
    if (fits) product *= static_cast<size_t>(size);
  }
  if (!fits || product != left) throw std::invalid_argument("the shape of " + tensor.name + " does not fit its memory");
}

using Value = std::unique_ptr<OrtValue, void (*)(OrtValue*)>;

Value value_of(const OrtApi* api, const OrtMemoryInfo* memory, const TensorShapes& known, const BoundTensor& tensor) {
  if (!known.contains(tensor.name)) throw std::invalid_argument("the model has no " + tensor.name);
  const auto [type, size] = element(tensor.type);
  require_fit(tensor, size);
  OrtValue* value = nullptr;
  check(api, api->CreateTensorWithDataAsOrtValue(memory, tensor.data.data(), tensor.data.size(), tensor.shape.data(),
                                                 tensor.shape.size(), type, &value));
  return {value, api->ReleaseValue};
}

}  // namespace

OnnxModel::OnnxModel(const std::string& library_path, const std::string& path, const OnnxModelOptions& options) {
  const Library& opened = library(library_path);
  const OrtApi* api = opened.api;
  api_ = api;
  session_ = open_session(opened, path, options);
  inputs_ =
      shapes(api, session_.get(), {api->SessionGetInputCount, api->SessionGetInputName, api->SessionGetInputTypeInfo});
  outputs_ = shapes(api, session_.get(),
                    {api->SessionGetOutputCount, api->SessionGetOutputName, api->SessionGetOutputTypeInfo});
}

OnnxBinding::OnnxBinding(const OnnxModel& model, const std::vector<BoundTensor>& inputs,
                         const std::vector<BoundTensor>& outputs)
    : api_(model.api_), session_(model.session_) {
  const OrtApi* api = api_;
  OrtIoBinding* binding = nullptr;
  check(api, api->CreateIoBinding(session_.get(), &binding));
  binding_ = {binding, api->ReleaseIoBinding};
  OrtMemoryInfo* created = nullptr;
  check(api, api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &created));
  const std::unique_ptr<OrtMemoryInfo, void (*)(OrtMemoryInfo*)> memory(created, api->ReleaseMemoryInfo);
  // The binding keeps what it needs of the values.
  for (const BoundTensor& tensor : inputs) {
    check(api, api->BindInput(binding, tensor.name.c_str(), value_of(api, memory.get(), model.inputs_, tensor).get()));
  }
  for (const BoundTensor& tensor : outputs) {
    check(api,
          api->BindOutput(binding, tensor.name.c_str(), value_of(api, memory.get(), model.outputs_, tensor).get()));
  }
}

void OnnxBinding::run() { check(api_, api_->RunWithBinding(session_.get(), nullptr, binding_.get())); }

}  // namespace cochlea
