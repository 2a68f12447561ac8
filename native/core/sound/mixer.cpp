#include "core/sound/mixer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <type_traits>

#include "core/error.h"

namespace cochlea {

namespace {

// Full scale is 1, as in libsndfile and swresample. Dividing by a power of two is exact.
template <typename T>
inline float to_float(T sample) {
  if constexpr (std::is_same_v<T, uint8_t>) {
    return static_cast<float>(sample - 128) * (1.0f / 128);
  } else if constexpr (std::is_integral_v<T>) {
    constexpr float kScale = 1.0f / static_cast<float>(uint64_t{1} << (8 * sizeof(T) - 1));
    return static_cast<float>(sample) * kScale;
  } else {
    return static_cast<float>(sample);
  }
}

template <typename T>
void convert(const T* from, size_t stride, size_t count, float* to) {
  if (stride == 1) {
    for (size_t i = 0; i < count; ++i) to[i] = to_float(from[i]);
  } else if (stride == 2) {
    for (size_t i = 0; i < count; ++i) to[i] = to_float(from[2 * i]);
  } else {
    for (size_t i = 0; i < count; ++i) to[i] = to_float(from[stride * i]);
  }
}

// Calls visit with the frame's samples as a typed pointer's element type.
template <typename Visit>
void with_sample_type(AVSampleFormat format, Visit visit) {
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
      return visit(uint8_t{});
    case AV_SAMPLE_FMT_S16:
      return visit(int16_t{});
    case AV_SAMPLE_FMT_S32:
      return visit(int32_t{});
    case AV_SAMPLE_FMT_S64:
      return visit(int64_t{});
    case AV_SAMPLE_FMT_FLT:
      return visit(float{});
    case AV_SAMPLE_FMT_DBL:
      return visit(double{});
    default:
      throw AudioError(ErrorCode::kUnsupportedCodec, "the decoder emits a sample format that Cochlea does not know");
  }
}

// One channel of a frame as float.
void convert_channel(const AVFrame& frame, AVSampleFormat format, int channels, int channel, float* to) {
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const auto count = static_cast<size_t>(frame.nb_samples);
  with_sample_type(format, [&]<typename T>(T) {
    const auto* from = reinterpret_cast<const T*>(frame.extended_data[planar ? channel : 0]);
    if (planar) {
      convert(from, 1, count, to);
    } else {
      convert(from + channel, static_cast<size_t>(channels), count, to);
    }
  });
}

// NumPy's float32 mean over the channel axis, operation by operation: librosa.to_mono. Below eight
// channels NumPy adds in order; from eight on it adds in eight accumulators that it joins pairwise.
void mean(const float* const* in, int channels, size_t count, float* to) {
  const auto divisor = static_cast<float>(channels);
  if (channels == 2) {
    for (size_t i = 0; i < count; ++i) to[i] = (in[0][i] + in[1][i]) / divisor;
    return;
  }
  if (channels < 8) {
    std::copy_n(in[0], count, to);
    for (int c = 1; c < channels; ++c) {
      for (size_t i = 0; i < count; ++i) to[i] += in[c][i];
    }
  } else {
    for (size_t i = 0; i < count; ++i) {
      float r[8];
      for (int c = 0; c < 8; ++c) r[c] = in[c][i];
      int c = 8;
      for (; c + 8 <= channels; c += 8) {
        for (int k = 0; k < 8; ++k) r[k] += in[c + k][i];
      }
      float sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
      for (; c < channels; ++c) sum += in[c][i];
      to[i] = sum;
    }
  }
  for (size_t i = 0; i < count; ++i) to[i] /= divisor;
}

// The common case without a pass through scratch memory.
template <typename T>
void mean_of_interleaved_stereo(const T* from, size_t count, float* to) {
  for (size_t i = 0; i < count; ++i) to[i] = (to_float(from[2 * i]) + to_float(from[2 * i + 1])) / 2.0f;
}

// Beyond this, sums of channels and soxr's filters overflow: such samples count as not finite.
constexpr float kLargest = 1e30f;

// Integer arithmetic, so that the loop vectorises: magnitudes of floats compare as their bits do, and NaN
// and infinity are above every number.
bool all_finite(const float* samples, size_t count) {
  constexpr auto kLargestBits = std::bit_cast<uint32_t>(kLargest);
  uint32_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t magnitude = std::bit_cast<uint32_t>(samples[i]) & 0x7fffffffu;
    found |= static_cast<uint32_t>(magnitude > kLargestBits);
  }
  return found == 0;
}

}  // namespace

Mixer::Mixer(const AVFrame& like, int channels, Downmix downmix, NonFinite non_finite)
    : format_(static_cast<AVSampleFormat>(like.format)),
      layout_(ChannelLayout::labelled(like.ch_layout)),
      in_channels_(like.ch_layout.nb_channels),
      out_channels_(channels),
      non_finite_(non_finite),
      scratch_(static_cast<size_t>(in_channels_)),
      inputs_(static_cast<size_t>(in_channels_)) {
  with_sample_type(format_, [](auto) {});
  plan(downmix);
}

bool Mixer::fits(const AVFrame& frame) const {
  if (frame.format != format_ || frame.ch_layout.nb_channels != in_channels_) return false;
  return frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC ||
         av_channel_layout_compare(&frame.ch_layout, &layout_.get()) == 0;
}

// Note [Downmix]
// To one channel the rule is the caller's. To two channels, `mean` has no reference in librosa: it is
// swresample's matrix scaled so that no output exceeds full scale (what `ffmpeg -ac 2` does for
// integer output), and a mono source is copied to both sides.
void Mixer::plan(Downmix downmix) {
  if (in_channels_ == out_channels_ ||
      (in_channels_ == 1 && downmix != Downmix::kNone && downmix != Downmix::kFfmpeg)) {
    for (int c = 0; c < out_channels_; ++c) selected_.push_back(in_channels_ == 1 ? 0 : c);
    return;
  }
  if (downmix == Downmix::kMean && out_channels_ == 1) {
    plan_ = Plan::kMean;
  } else if (downmix == Downmix::kMean) {
    build_matrix(1.0);
  } else if (downmix == Downmix::kFfmpeg) {
    build_matrix(0);
  } else if (downmix == Downmix::kFirst && in_channels_ > out_channels_) {
    for (int c = 0; c < out_channels_; ++c) selected_.push_back(c);
  } else {
    throw AudioError(ErrorCode::kUnsupportedLayout, "the source has " + std::to_string(in_channels_) + " channels, " +
                                                        std::to_string(out_channels_) +
                                                        " were asked for, and the chosen downmix does not lead there");
  }
}

// swresample's own matrix. Float output is not normalised there unless max_coefficient says so.
void Mixer::build_matrix(double max_coefficient) {
  plan_ = Plan::kMatrix;
  // FFmpeg 7.1.5 scales 64 rows of 64 columns (SWR_CH_MAX, in no public header), whatever the layouts: a
  // smaller matrix is overrun, and with a smaller stride coefficients are scaled more than once.
  constexpr size_t kStride = 64;
  std::vector<double> matrix(kStride * kStride);
  const ChannelLayout target = ChannelLayout::for_channels(out_channels_);
  constexpr double kLevel = 0.70710678118654752440;  // of centre and surround, swresample's default
  constexpr double kUnbounded = 1e9;
  const int built = swr_build_matrix2(&layout_.get(), &target.get(), kLevel, kLevel, 0,
                                      max_coefficient > 0 ? max_coefficient : kUnbounded, 1.0, matrix.data(), kStride,
                                      AV_MATRIX_ENCODING_NONE, nullptr);
  if (built < 0) {
    throw AudioError(ErrorCode::kUnsupportedLayout,
                     "FFmpeg has no downmix from " + layout_.describe() + " to " + target.describe());
  }
  for (int c = 0; c < out_channels_; ++c) {
    const auto row = matrix.begin() + static_cast<std::ptrdiff_t>(kStride) * c;
    matrix_.insert(matrix_.end(), row, row + in_channels_);
  }
}

void Mixer::mix(const AVFrame& frame, float* const* to, Damage& damage) {
  if (mix_finite(frame, to)) return;
  if (non_finite_ == NonFinite::kError) {
    throw AudioError(ErrorCode::kCorrupt, "the audio holds a sample that is not a finite number");
  }
  replace_ = true;
  load(frame);
  silence_non_finite(static_cast<size_t>(frame.nb_samples), damage);
  apply(frame, to);
}

bool Mixer::mix_finite(const AVFrame& frame, float* const* to) {
  replace_ = false;
  apply(frame, to);
  // Integer samples are finite by nature; of float ones, only what reaches the output matters.
  const AVSampleFormat packed = av_get_packed_sample_fmt(format_);
  if (packed != AV_SAMPLE_FMT_FLT && packed != AV_SAMPLE_FMT_DBL) return true;
  return std::all_of(to, to + out_channels_,
                     [&](const float* plane) { return all_finite(plane, static_cast<size_t>(frame.nb_samples)); });
}

void Mixer::apply(const AVFrame& frame, float* const* to) {
  const auto count = static_cast<size_t>(frame.nb_samples);
  if (plan_ == Plan::kSelect) {
    for (int c = 0; c < out_channels_; ++c) {
      const int from = selected_[static_cast<size_t>(c)];
      if (replace_) {
        std::copy_n(inputs_[static_cast<size_t>(from)], count, to[c]);
      } else {
        convert_channel(frame, format_, in_channels_, from, to[c]);
      }
    }
    return;
  }
  if (plan_ == Plan::kMean && in_channels_ == 2 && !replace_ && av_sample_fmt_is_planar(format_) == 0) {
    with_sample_type(format_, [&]<typename T>(T) {
      mean_of_interleaved_stereo(reinterpret_cast<const T*>(frame.extended_data[0]), count, to[0]);
    });
    return;
  }
  const float* const* in = replace_ ? inputs_.data() : load(frame);
  if (plan_ == Plan::kMean) return mean(in, in_channels_, count, to[0]);
  for (int c = 0; c < out_channels_; ++c) {
    std::fill_n(to[c], count, 0.0f);
    for (int k = 0; k < in_channels_; ++k) {
      const float weight = matrix_[static_cast<size_t>(c * in_channels_ + k)];
      if (weight == 0) continue;
      for (size_t i = 0; i < count; ++i) to[c][i] += in[k][i] * weight;
    }
  }
}

// All channels as float planes: the frame's own where they are that already, else in scratch memory.
const float* const* Mixer::load(const AVFrame& frame) {
  const auto count = static_cast<size_t>(frame.nb_samples);
  for (int c = 0; c < in_channels_; ++c) {
    const auto index = static_cast<size_t>(c);
    if (format_ == AV_SAMPLE_FMT_FLTP && !replace_) {
      inputs_[index] = reinterpret_cast<const float*>(frame.extended_data[c]);
      continue;
    }
    if (scratch_[index].size() < count) scratch_[index].resize(count);
    convert_channel(frame, format_, in_channels_, c, scratch_[index].data());
    inputs_[index] = scratch_[index].data();
  }
  return inputs_.data();
}

void Mixer::silence_non_finite(size_t frames, Damage& damage) {
  for (auto& plane : scratch_) {
    for (size_t i = 0; i < frames; ++i) {
      if (std::fabs(plane[i]) <= kLargest) continue;
      plane[i] = 0;
      ++damage.non_finite;
    }
  }
}

}  // namespace cochlea
