#include "sounds.h"

#include <bit>
#include <memory>

#include "core/pipeline/pipeline.h"

namespace cochlea::test {

namespace {

template <typename T>
void append(Bytes& to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void append(Bytes& to, const char* four) {
  for (int i = 0; i < 4; ++i) to.push_back(static_cast<uint8_t>(four[i]));
}

}  // namespace

Bytes wav(const WavHeader& header, std::span<const uint8_t> data) {
  const uint32_t data_bytes = header.data_bytes.value_or(static_cast<uint32_t>(data.size()));
  const auto frame_bytes = static_cast<uint16_t>(header.channels * header.bits / 8);
  Bytes bytes;
  append(bytes, "RIFF");
  append(bytes, static_cast<uint32_t>(data_bytes + 36));
  append(bytes, "WAVE");
  append(bytes, "fmt ");
  append(bytes, uint32_t{16});
  append(bytes, header.tag);
  append(bytes, header.channels);
  append(bytes, header.rate);
  append(bytes, static_cast<uint32_t>(header.rate * frame_bytes));
  append(bytes, frame_bytes);
  append(bytes, header.bits);
  append(bytes, "data");
  append(bytes, data_bytes);
  for (const uint8_t byte : data) bytes.push_back(byte);
  return bytes;
}

Bytes wav16(uint32_t rate, uint16_t channels, std::span<const int16_t> samples) {
  Bytes data;
  for (const int16_t sample : samples) append(data, static_cast<uint16_t>(sample));
  return wav({.channels = channels, .rate = rate}, data);
}

Bytes wav_float(uint32_t rate, uint16_t channels, std::span<const float> samples) {
  Bytes data;
  for (const float sample : samples) append(data, std::bit_cast<uint32_t>(sample));
  return wav({.tag = 3, .channels = channels, .rate = rate, .bits = 32}, data);
}

std::vector<float> noise(size_t count, uint32_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<int32_t>(seed)) / 2147483648.0f;
  }
  return values;
}

std::vector<int16_t> noise16(size_t count, uint32_t seed) {
  std::vector<int16_t> values(count);
  for (int16_t& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<int16_t>(seed >> 16);
  }
  return values;
}

Decoded decode(std::span<const uint8_t> bytes, const DecodeOptions& options, const Cancellation& cancellation,
               int threads) {
  initialize_ffmpeg();
  Pipeline pipeline(std::make_unique<MemorySource>(bytes), options, threads, cancellation);
  SampleBuffer buffer(pipeline.channels(), options.limits.decoded_bytes);
  pipeline.run(buffer);
  const size_t count = buffer.frames() * static_cast<size_t>(buffer.channels());
  return {{buffer.data(), buffer.data() + count},
          buffer.channels(),
          pipeline.sample_rate(),
          pipeline.info(),
          pipeline.damage()};
}

Decoded decode(std::span<const uint8_t> bytes, const DecodeOptions& options, int threads) {
  const Cancellation never;
  return decode(bytes, options, never, threads);
}

}  // namespace cochlea::test
