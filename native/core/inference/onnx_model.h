// Models that run in memory of the caller, by ONNX Runtime's C API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct OrtApi;
struct OrtSession;
struct OrtIoBinding;

namespace cochlea {

enum class ElementType { float32, int8, int32, int64 };

// A tensor in memory that outlives what it is bound to.
struct BoundTensor {
  std::string name;
  ElementType type;
  std::span<std::byte> data;
  std::vector<int64_t> shape;
};

struct OnnxModelOptions {
  // Of one run; 0: one for each core.
  int threads = 0;
  // As onnxruntime_session_options_config_keys.h has them.
  std::map<std::string, std::string> config;
};

// Name → shape; -1 for what a run decides.
using TensorShapes = std::map<std::string, std::vector<int64_t>>;

// A model on the CPU. Errors of ONNX Runtime are std::runtime_error with its message. Any thread may use it, one at a
// time.
class OnnxModel {
 public:
  // `library`: the shared library of ONNX Runtime, 1.18 or newer. A process has one: that of the first model.
  OnnxModel(const std::string& library, const std::string& path, const OnnxModelOptions& options);

  const TensorShapes& inputs() const { return inputs_; }
  const TensorShapes& outputs() const { return outputs_; }

 private:
  friend class OnnxBinding;

  const OrtApi* api_;
  // Shared with the bindings, so it ends after the last of them.
  std::shared_ptr<OrtSession> session_;
  TensorShapes inputs_;
  TensorShapes outputs_;
};

// Where a model reads and writes. An output may be the memory of an input, if the operator that writes it allows that.
class OnnxBinding {
 public:
  // All inputs, and the outputs that are wanted. Throws std::invalid_argument if the model has none of that name, or a
  // shape does not fit its memory.
  OnnxBinding(const OnnxModel& model, const std::vector<BoundTensor>& inputs, const std::vector<BoundTensor>& outputs);

  // Takes as long as the model does, on this thread and those of the session.
  void run();

 private:
  const OrtApi* api_;
  std::shared_ptr<OrtSession> session_;
  std::shared_ptr<OrtIoBinding> binding_;
};

}  // namespace cochlea
