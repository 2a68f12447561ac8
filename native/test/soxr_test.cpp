// How libsoxr is built: which engine runs, and that the process environment has no say in it.
#include <gtest/gtest.h>
#include <soxr.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/ffmpeg.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

struct Resampled {
  std::string engine;
  std::vector<float> samples;
};

Resampled run_soxr() {
  soxr_error_t error = nullptr;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const std::unique_ptr<soxr, decltype(&soxr_delete)> soxr(
      soxr_create(44'100, 16'000, 1, &error, &io, &quality, nullptr), soxr_delete);
  EXPECT_EQ(error, nullptr);
  Resampled run{soxr_engine(soxr.get()), std::vector<float>(20'000)};
  const std::vector<float> input = noise(44'100, 4);
  size_t made = 0;
  EXPECT_EQ(
      soxr_process(soxr.get(), input.data(), input.size(), nullptr, run.samples.data(), run.samples.size(), &made),
      nullptr);
  size_t flushed = 0;
  EXPECT_EQ(
      soxr_process(soxr.get(), nullptr, 0, nullptr, run.samples.data() + made, run.samples.size() - made, &flushed),
      nullptr);
  run.samples.resize(made + flushed);
  return run;
}

}  // namespace

TEST(Soxr, TheEngineIsTheOneThatIsSafeWithThreads) {
  EXPECT_EQ(run_soxr().engine, "cr32s");
  EXPECT_EQ(versions().soxr_engine, "cr32s");
}

TEST(Soxr, TheEnvironmentChangesNothing) {
  const Resampled plain = run_soxr();
  ASSERT_EQ(plain.samples.size(), 16'000u);
  const std::pair<const char*, const char*> variables[] = {
      {"SOXR_USE_SIMD", "0"},    {"SOXR_USE_SIMD32", "0"},    {"SOXR_USE_SIMD64", "0"},
      {"SOXR_NUM_THREADS", "8"}, {"SOXR_MIN_DFT_SIZE", "15"}, {"SOXR_LARGE_DFT_SIZE", "8"},
      {"SOXR_COEFS_SIZE", "1"},  {"SOXR_STRICT_BUF", "1"},    {"SOXR_TRACE", "4"}};
  for (const auto& [name, value] : variables) setenv(name, value, 1);
  const Resampled changed = run_soxr();
  for (const auto& [name, value] : variables) unsetenv(name);
  EXPECT_EQ(changed.engine, plain.engine);
  EXPECT_EQ(changed.samples, plain.samples);
}

}  // namespace cochlea::test
