// One channel of samples, as a front end takes it: checked, normalised if asked, and as if padded with zeros.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cochlea {

struct ClipOptions {
  // How messages call the clip.
  std::string name;
  // Samples with the zeros after them; at least those that there are.
  size_t length = 0;
  // Zero mean and unit variance of the samples, not of the zeros: (x - mean) / sqrt(variance + 1e-7), in float32.
  bool normalize = false;
};

class Clip {
 public:
  // Keeps a reference to the samples, or a normalised copy of them. Throws kNonFinite at the first sample that is
  // NaN or infinite.
  Clip(std::span<const float> samples, const ClipOptions& options);

  // Those before the zeros.
  std::span<const float> samples() const { return samples_; }
  // With the zeros.
  size_t length() const { return length_; }
  // Samples and zeros, as many as length().
  void copy(std::span<float> to) const;

 private:
  void normalize(const std::string& name);

  std::span<const float> samples_;
  size_t length_;
  std::vector<float> normalized_;
};

}  // namespace cochlea
