// cochlea_robustness: decodes damaged copies of files, and tells what came of them.
//
//   cochlea_robustness [--flips N] [--truncations N] [--threads N] [--seed N] [--deadline SECONDS]
//                      [--replay flip:OFFSET:VALUE:VARIANT | --replay cut:BYTES] FILES-OR-FOLDERS…
//
// Each file is cut at --truncations points spread over its length, and gets --flips times one byte
// changed: every second time among its first 512, where the headers are; pairs take
// turns at the variants of options below. Every damaged copy lies in a block of memory of exactly its size, so that
// AddressSanitizer sees a read past its end.
//
// A copy must decode to finite samples, or fail with an error other than ERR_AUDIO_INTERNAL, within the
// deadline. Whatever does not is printed in the form that --replay takes, and the program fails.
// Samples without reported damage from a flipped byte are counted as "silent": in PCM that is as it
// should be, in a format with checksums it is not.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/pipeline/pipeline.h"
#include "core/source/feed.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" void __sanitizer_set_death_callback(void (*callback)());
#endif

namespace {

using namespace cochlea;
using Clock = std::chrono::steady_clock;

constexpr double kSeconds = 120;
constexpr double kDecodedBytes = 64e6;
constexpr size_t kHeaderBytes = 512;
constexpr int kVariants = 11;  // of the options: see options_of()
// A decode that ignores its deadline for this many times as long is stuck.
constexpr int kStuckFactor = 5;

struct Settings {
  int truncations = 50;
  int flips = 200;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  uint64_t seed = 1;
  double deadline = 2;  // seconds
  std::string replay;
  std::vector<std::string> files;
};

struct Case {
  const std::string* path;
  const std::vector<uint8_t>* bytes;
  bool flip;      // else cut
  size_t offset;  // of the changed byte, or bytes that are left
  uint8_t value;
  int variant = 0;  // of the options: see options_of()
};

struct Tally {
  size_t cases = 0;
  size_t clean_cut = 0;
  size_t silent_flip = 0;
  size_t damaged = 0;
  std::map<std::string, size_t> errors;
  size_t failures = 0;
};

// What each worker is at, for the report of a crash or a hang: written before, read when it happens.
struct Current {
  std::atomic<bool> running{false};
  std::atomic<Clock::rep> started{0};
  char text[1024] = "";
};
thread_local Current* my_current = nullptr;

void print_crash() {
  if (my_current == nullptr || !my_current->running) return;
  constexpr char kTitle[] = "\nCRASH in: ";
  static_cast<void>(!write(2, kTitle, sizeof(kTitle) - 1));
  static_cast<void>(!write(2, my_current->text, std::strlen(my_current->text)));
  static_cast<void>(!write(2, "\n", 1));
}

void on_signal(int number) {
  print_crash();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void report_crashes() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_set_death_callback(print_crash);
#else
  for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE}) std::signal(number, on_signal);
#endif
  std::signal(SIGABRT, on_signal);
}

std::string describe(const Case& each) {
  const std::string what = each.flip ? "flip:" + std::to_string(each.offset) + ":" + std::to_string(each.value) + ":" +
                                           std::to_string(each.variant)
                                     : "cut:" + std::to_string(each.offset);
  return "--replay " + what + " " + *each.path;
}

uint64_t next_random(uint64_t& state) {  // splitmix64
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::vector<Case> cases_of(const std::string& path, const std::vector<uint8_t>& bytes, const Settings& settings) {
  std::vector<Case> cases;
  const auto points = static_cast<size_t>(settings.truncations);
  for (size_t i = 0; i < points; ++i) cases.push_back({&path, &bytes, false, bytes.size() * i / points, 0});
  // By the name of the file: another set of files does not change what happens to this one.
  uint64_t state = settings.seed;
  for (const char c : std::filesystem::path(path).filename().string()) {
    state = state * 31 + static_cast<unsigned char>(c);
  }
  for (int i = 0; i < settings.flips && !bytes.empty(); ++i) {
    const size_t range = i % 2 == 0 ? std::min(bytes.size(), kHeaderBytes) : bytes.size();
    const size_t offset = next_random(state) % range;
    const auto change = static_cast<uint8_t>(1 + next_random(state) % 255);
    cases.push_back({&path, &bytes, true, offset, static_cast<uint8_t>(bytes[offset] ^ change), i / 2 % kVariants});
  }
  return cases;
}

// The damaged copy, in a block of exactly its size.
std::pair<std::unique_ptr<uint8_t[]>, size_t> damaged_copy(const Case& each) {
  const size_t size = each.flip ? each.bytes->size() : each.offset;
  std::unique_ptr<uint8_t[]> copy(new uint8_t[size]);
  std::copy_n(each.bytes->data(), size, copy.get());
  if (each.flip) copy[each.offset] = each.value;
  return {std::move(copy), size};
}

// Even: one thread, odd: two. 0 and 1: mono; 2 and 3: stereo; 4 and 5: swresample's downmix; 6: as in the source;
// 7: a range in the middle of longer files; 8: the end; 9 and 10: bytes that come in pieces.
int threads_of(int variant) { return 1 + variant % 2; }

DecodeOptions options_of(int variant) {
  DecodeOptions options;
  options.sample_rate = variant == 6 ? 0 : 16'000;
  options.channels = variant == 6 ? 0 : variant / 2 == 1 ? 2 : 1;
  if (variant / 2 == 2) options.downmix = Downmix::kFfmpeg;
  if (variant == 7) options.range = {2.5, 3.5};
  if (variant == 8) options.range.start = -0.15;
  options.limits.seconds = kSeconds;
  options.limits.decoded_bytes = kDecodedBytes;
  options.limits.channels = 64;
  options.limits.min_sample_rate = 1000;
  options.limits.max_sample_rate = 768'000;
  return options;
}

// All that a feed gets is there before it is read.
class NoWait final : public BlockingRegion {
 public:
  void begin() noexcept override {}
  void end(bool) noexcept override {}
};

std::unique_ptr<ByteSource> source_of(int variant, std::span<const uint8_t> bytes, const Cancellation& cancellation) {
  if (variant < 9) return std::make_unique<MemorySource>(bytes);
  static NoWait no_wait;
  auto feed = std::make_shared<Feed>(static_cast<double>(bytes.size()) + 1, "/tmp");
  for (size_t at = 0, piece = 1; at < bytes.size(); at += piece, piece = piece * 3 % 8191 + 1) {
    feed->push(bytes.subspan(at, std::min(piece, bytes.size() - at)));
  }
  feed->end();
  return std::make_unique<FeedSource>(std::move(feed), cancellation, no_wait);
}

// Empty when all is as it should be; else what is wrong.
std::string run(const Case& each, double deadline, Tally& tally) {
  const auto [copy, size] = damaged_copy(each);
  const DecodeOptions options = options_of(each.variant);
  Cancellation cancellation;
  cancellation.set_deadline(1000 * deadline);
  std::vector<std::string> log;
  const LogScope scope(log);
  ++tally.cases;
  const auto started = Clock::now();
  std::string wrong;
  try {
    Pipeline pipeline(source_of(each.variant, {copy.get(), size}, cancellation), options, threads_of(each.variant),
                      cancellation);
    SampleBuffer output(pipeline.channels(), options.limits.decoded_bytes);
    // Lent memory of exactly the size that was asked for, as the addon lends it.
    std::vector<float> lent(pipeline.expected_frames() * static_cast<size_t>(pipeline.channels()));
    if (!lent.empty()) output.lend(lent);
    pipeline.run(output);
    const size_t count = output.frames() * static_cast<size_t>(output.channels());
    if (count == 0) wrong = "no samples, and no error";
    for (size_t i = 0; i < count; ++i) {
      if (!std::isfinite(output.data()[i])) wrong = "a sample that is not finite";
    }
    if (pipeline.damage().any()) {
      ++tally.damaged;
    } else {
      ++(each.flip ? tally.silent_flip : tally.clean_cut);
    }
  } catch (const AudioError& error) {
    const std::string name = error.code() == ErrorCode::kLimit ? "LIMIT " + error.limit_name() : name_of(error.code());
    ++tally.errors[name];
    if (error.code() == ErrorCode::kInternal) wrong = std::string("an internal error: ") + error.what();
    if (error.limit_name() == "timeout") wrong = "the deadline passed";
  } catch (const std::exception& error) {
    wrong = std::string("an exception that is no AudioError: ") + error.what();
  }
  const std::chrono::duration<double> seconds = Clock::now() - started;
  if (wrong.empty() && seconds.count() > deadline) wrong = "slower than the deadline";
  if (!wrong.empty()) {
    ++tally.failures;
    wrong += " after " + std::to_string(seconds.count()) + " s";
  }
  return wrong;
}

class Runner {
 public:
  explicit Runner(const Settings& settings) : settings_(settings), current_(settings.threads) {}

  void run_all(const std::vector<Case>& cases) {
    next_ = 0;
    std::jthread watchdog([this](const std::stop_token& stop) { watch(stop); });
    {
      std::vector<std::jthread> threads;
      for (Current& current : current_) threads.emplace_back([&] { work(cases, current); });
    }
  }

  const std::map<std::string, Tally>& tallies() const { return tallies_; }

 private:
  void work(const std::vector<Case>& cases, Current& current) {
    my_current = &current;
    while (true) {
      const size_t index = next_++;
      if (index >= cases.size()) return;
      const Case& each = cases[index];
      std::snprintf(current.text, sizeof(current.text), "%s", describe(each).c_str());
      current.started = Clock::now().time_since_epoch().count();
      current.running = true;
      Tally tally;
      const std::string wrong = ::run(each, settings_.deadline, tally);
      current.running = false;
      const std::lock_guard lock(mutex_);
      if (!wrong.empty()) std::printf("FAILED: %s: %s\n", current.text, wrong.c_str());
      add(tallies_[*each.path], tally);
    }
  }

  static void add(Tally& to, const Tally& tally) {
    to.cases += tally.cases;
    to.clean_cut += tally.clean_cut;
    to.silent_flip += tally.silent_flip;
    to.damaged += tally.damaged;
    to.failures += tally.failures;
    for (const auto& [name, count] : tally.errors) to.errors[name] += count;
  }

  // A decode that does not even look at its deadline can only be reported from outside.
  void watch(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      for (const Current& current : current_) {
        const Clock::duration running(Clock::now().time_since_epoch().count() - current.started);
        if (!current.running || std::chrono::duration<double>(running).count() < kStuckFactor * settings_.deadline)
          continue;
        std::fprintf(stderr, "HANG in: %s\n", current.text);
        std::_Exit(3);
      }
    }
  }

  const Settings& settings_;
  std::vector<Current> current_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
  std::map<std::string, Tally> tallies_;
};

std::vector<uint8_t> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Settings parse(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (!name.starts_with("--")) {
      if (!std::filesystem::is_directory(name)) {
        settings.files.push_back(name);
        continue;
      }
      for (const auto& entry : std::filesystem::directory_iterator(name)) {
        if (entry.is_regular_file()) settings.files.push_back(entry.path().string());
      }
      continue;
    }
    if (++i == count) throw std::runtime_error(name + " needs a value");
    const std::string value = arguments[i];
    if (name == "--flips")
      settings.flips = std::stoi(value);
    else if (name == "--truncations")
      settings.truncations = std::stoi(value);
    else if (name == "--threads")
      settings.threads = static_cast<unsigned>(std::max(1, std::stoi(value)));
    else if (name == "--seed")
      settings.seed = std::stoull(value);
    else if (name == "--deadline")
      settings.deadline = std::stod(value);
    else if (name == "--replay")
      settings.replay = value;
    else
      throw std::runtime_error("there is no option " + name);
  }
  std::sort(settings.files.begin(), settings.files.end());
  if (settings.files.empty()) throw std::runtime_error("no files were given");
  if (!settings.replay.empty() && settings.files.size() != 1) throw std::runtime_error("--replay takes one file");
  return settings;
}

Case replayed(const std::string& text, const std::string& path, const std::vector<uint8_t>& bytes) {
  size_t offset = 0;
  unsigned value = 0;
  int variant = 0;
  if (std::sscanf(text.c_str(), "flip:%zu:%u:%d", &offset, &value, &variant) >= 2 && offset < bytes.size() &&
      value < 256) {
    return {&path, &bytes, true, offset, static_cast<uint8_t>(value), variant};
  }
  if (std::sscanf(text.c_str(), "cut:%zu", &offset) == 1 && offset <= bytes.size())
    return {&path, &bytes, false, offset, 0};
  throw std::runtime_error("--replay must be flip:OFFSET:VALUE:VARIANT or cut:BYTES, within the file");
}

size_t print(const std::map<std::string, Tally>& tallies) {
  std::printf("%-28s %6s %6s %6s %7s  %s\n", "file", "cases", "clean", "silent", "damage", "errors");
  Tally total;
  for (const auto& [path, tally] : tallies) {
    std::string errors;
    for (const auto& [name, count] : tally.errors) {
      errors += (errors.empty() ? "" : ", ") + std::to_string(count) + " " + name;
    }
    std::printf("%-28s %6zu %6zu %6zu %7zu  %s\n", std::filesystem::path(path).filename().c_str(), tally.cases,
                tally.clean_cut, tally.silent_flip, tally.damaged, errors.c_str());
    total.cases += tally.cases;
    total.failures += tally.failures;
  }
  std::printf("%zu cases, %zu failed\n", total.cases, total.failures);
  return total.failures;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const Settings settings = parse(count, arguments);
    initialize_ffmpeg();
    report_crashes();
    std::printf(
        "seed %llu, deadline %g s; clean: cut, and whole all the same; silent: flipped, and no damage noticed\n",
        static_cast<unsigned long long>(settings.seed), settings.deadline);
    // Cases point at paths and bytes: both stay where they are from here on.
    std::vector<std::vector<uint8_t>> contents;
    contents.reserve(settings.files.size());
    std::vector<Case> cases;
    for (const std::string& path : settings.files) {
      const auto& bytes = contents.emplace_back(read_file(path));
      if (!settings.replay.empty()) {
        cases.push_back(replayed(settings.replay, path, bytes));
        continue;
      }
      const std::vector<Case> more = cases_of(path, bytes, settings);
      cases.insert(cases.end(), more.begin(), more.end());
    }
    Runner runner(settings);
    runner.run_all(cases);
    return print(runner.tallies()) == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cochlea_robustness: %s\n", error.what());
    return 2;
  }
}
