#include "core/features/log_mel.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/features/log10.h"

namespace cochlea {

namespace {

// Frames are computed in blocks, so that each row of the result is written by whole cache lines.
constexpr size_t kBlock = 16;

// The position in a signal of `length` samples that a position outside of it mirrors, the ends not repeated: as
// numpy.pad's "reflect", also where the signal is shorter than the padding.
size_t reflected(ptrdiff_t position, size_t length) {
  if (length == 1) return 0;
  const auto last = static_cast<ptrdiff_t>(length) - 1;
  const ptrdiff_t folded = std::abs(position) % (2 * last);
  return static_cast<size_t>(folded <= last ? folded : 2 * last - folded);
}

}  // namespace

struct LogMel::Scratch {
  std::vector<Pair> frame;
  std::vector<Pair> power;
};

LogMel::LogMel(const LogMelSpec& spec)
    : hop_length_(spec.hop_length),
      window_(spec.window.begin(), spec.window.end()),
      spectrum_(spec.n_fft),
      floor_(spec.floor),
      range_(static_cast<float>(spec.range)),
      offset_(static_cast<float>(spec.offset)),
      scale_(static_cast<float>(spec.scale)) {
  const auto not_zero = [](double weight) { return weight != 0; };
  for (size_t mel = 0; mel < spec.mels; ++mel) {
    const auto row = spec.filters.subspan(mel * spectrum_.bins(), spectrum_.bins());
    const auto first = std::find_if(row.begin(), row.end(), not_zero);
    const auto last = std::find_if(row.rbegin(), row.rend(), not_zero).base();
    Filter filter{static_cast<size_t>(first - row.begin()), {}};
    if (first < last) filter.weights.assign(first, last);
    filters_.push_back(std::move(filter));
  }
}

// Note [Zeros after the clip]
// A frame that holds nothing but the padding's zeros has the floor's energy in every filter: it is known without a
// transform. Most clips are much shorter than the 30 s that Whisper wants. Where the clip ends within half a frame of
// the padding's end, the reflection brings its samples back, and every frame is computed.
void LogMel::compute(const Clip& clip, std::span<float> to, const Cancellation& stop) const {
  const size_t total = frames(clip.length());
  const size_t half = window_.size() / 2;
  const size_t sounding = clip.samples().size() + half;
  const bool reflects = sounding + 1 > clip.length();
  const size_t computed = reflects ? total : std::min(total, (sounding + hop_length_ - 1) / hop_length_);

  Scratch scratch{std::vector<Pair>(window_.size()), std::vector<Pair>(spectrum_.bins())};
  std::vector<double> energies(mels() * kBlock);
  const auto silence = static_cast<float>(fast_log10(floor_));
  float greatest = silence;
  for (size_t first = 0; first < computed; first += kBlock) {
    stop.check();
    const size_t count = std::min(kBlock, computed - first);
    for (size_t frame = 0; frame < count; frame += 2) {
      read_pair(clip, first + frame, scratch.frame);
      spectrum_.compute(scratch.frame, scratch.power);
      sum_pair(scratch, std::span(energies).subspan(frame));
    }
    for (size_t mel = 0; mel < mels(); ++mel) {
      std::array<float, kBlock> logarithms;
      for (size_t i = 0; i < kBlock; ++i) {
        logarithms[i] = static_cast<float>(fast_log10(std::max(energies[mel * kBlock + i], floor_)));
      }
      std::copy_n(logarithms.begin(), count, to.begin() + static_cast<ptrdiff_t>(mel * total + first));
      for (size_t i = 0; i < count; ++i) greatest = std::max(greatest, logarithms[i]);
    }
  }

  const float least = greatest - range_;
  const auto scaled = [=, this](float logarithm) { return (std::max(logarithm, least) + offset_) / scale_; };
  for (size_t mel = 0; mel < mels(); ++mel) {
    const std::span<float> row = to.subspan(mel * total, total);
    const auto end = row.begin() + static_cast<ptrdiff_t>(computed);
    std::transform(row.begin(), end, row.begin(), scaled);
    std::fill(end, row.end(), scaled(silence));
  }
}

// Frames `first` and the one after it, times the window. The second is of no use after the last frame.
void LogMel::read_pair(const Clip& clip, size_t first, std::span<Pair> to) const {
  const std::span<const float> samples = clip.samples();
  const auto start = static_cast<ptrdiff_t>(first * hop_length_) - static_cast<ptrdiff_t>(window_.size() / 2);
  const auto hop = static_cast<ptrdiff_t>(hop_length_);
  if (start >= 0 && static_cast<size_t>(start + hop) + window_.size() <= samples.size()) {
    const float* const from = samples.data() + start;
    for (size_t i = 0; i < window_.size(); ++i) to[i] = Pair{from[i], from[i + hop_length_]} * window_[i];
    return;
  }
  const auto sample = [&](ptrdiff_t position) {
    const size_t at = reflected(position, clip.length());
    return at < samples.size() ? static_cast<double>(samples[at]) : 0.0;
  };
  for (size_t i = 0; i < window_.size(); ++i) {
    const ptrdiff_t position = start + static_cast<ptrdiff_t>(i);
    to[i] = Pair{sample(position), sample(position + hop)} * window_[i];
  }
}

// Both frames' energy in each filter, beside each other, kBlock apart from filter to filter.
void LogMel::sum_pair(const Scratch& scratch, std::span<double> energies) const {
  double* to = energies.data();
  for (const Filter& filter : filters_) {
    const Pair* power = scratch.power.data() + filter.first;
    Pair sum = {0, 0};
    for (const double weight : filter.weights) sum += *power++ * weight;
    to[0] = sum[0];
    to[1] = sum[1];
    to += kBlock;
  }
}

}  // namespace cochlea
