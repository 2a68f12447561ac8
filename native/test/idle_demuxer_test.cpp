// A container that was kept serves as one that is opened anew: the same to the bit, whatever was asked of it before.
#include "core/demuxing/idle_demuxer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <thread>

#include "core/demuxing/packet_index.h"
#include "core/pipeline/pipeline.h"
#include "expect_error.h"
#include "sounds.h"

namespace cochlea::test {

namespace {

namespace fs = std::filesystem;

Bytes read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> fixtures() {
  std::vector<fs::path> paths;
  for (const char* folder : {"formats", "ranges"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(COCHLEA_FIXTURES) / folder)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Bytes fixture(const char* name) { return read_file(fs::path(COCHLEA_FIXTURES) / "ranges" / name); }

// Counts what is read of it.
class CountedSource final : public ByteSource {
 public:
  CountedSource(std::span<const uint8_t> bytes, size_t& count) : source_(bytes), count_(count) {}
  int read(std::span<uint8_t> to) noexcept override {
    const int read = source_.read(to);
    count_ += static_cast<size_t>(std::max(read, 0));
    return read;
  }
  bool seek(int64_t position) noexcept override { return source_.seek(position); }
  int64_t position() const noexcept override { return source_.position(); }
  int64_t size() const noexcept override { return source_.size(); }

 private:
  MemorySource source_;
  size_t& count_;
};

// Bytes that many requests read, as AudioSource.open() has them.
class Opened {
 public:
  explicit Opened(const Bytes& bytes) : bytes_(bytes) {}

  std::unique_ptr<ByteSource> source() {
    auto source = std::make_unique<CountedSource>(bytes_, read_);
    source->remember(index_, idle_);
    return source;
  }
  IdleDemuxer& idle() { return *idle_; }
  size_t read() const { return read_; }

 private:
  std::span<const uint8_t> bytes_;
  std::shared_ptr<PacketIndex> index_ = std::make_shared<PacketIndex>();
  std::shared_ptr<IdleDemuxer> idle_ = std::make_shared<IdleDemuxer>();
  size_t read_ = 0;
};

// All that a request can tell.
struct Told {
  std::vector<float> samples;
  int channels = 0;
  int sample_rate = 0;
  int64_t start_frame = 0;
  std::string source;
  std::string damage;
  std::string error;
  std::vector<std::string> log;

  bool operator==(const Told&) const = default;
};

std::string text(const MediaInfo& info) {
  std::ostringstream text;
  text << info.container << info.duration << ' ' << info.size;
  std::vector<StreamInfo> streams = info.audio_streams;
  streams.push_back(info.stream);
  for (const StreamInfo& stream : streams) {
    text << ' ' << stream.index << stream.codec << stream.profile << stream.sample_rate << stream.layout
         << stream.bit_rate;
  }
  return text.str();
}

std::string text(const Damage& damage) {
  std::ostringstream text;
  text << damage.packets << ' ' << damage.non_finite << ' ' << damage.truncated;
  return text.str();
}

Told ask(std::unique_ptr<ByteSource> source, const DecodeOptions& options, const Cancellation& cancellation = {}) {
  Told told;
  const LogScope scope(told.log);
  try {
    Pipeline pipeline(std::move(source), options, 2, cancellation);
    SampleBuffer buffer(pipeline.channels(), options.limits.decoded_bytes);
    pipeline.run(buffer);
    const size_t count = buffer.frames() * static_cast<size_t>(buffer.channels());
    told.samples.assign(buffer.data(), buffer.data() + count);
    told.channels = buffer.channels();
    told.sample_rate = pipeline.sample_rate();
    told.start_frame = pipeline.start_frame();
    told.source = text(pipeline.info());
    told.damage = text(pipeline.damage());
  } catch (const AudioError& error) {
    told.error = std::string(name_of(error.code())) + ": " + error.what();
  }
  return told;
}

DecodeOptions range(double start, double end = std::numeric_limits<double>::infinity()) {
  DecodeOptions options;
  options.range = {start, end};
  return options;
}

// In an order of their own, the same in each run: whole, from the end, behind it, near each other and far.
std::vector<DecodeOptions> requests(double duration, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(0, std::max(duration, 0.5));
  std::vector<DecodeOptions> all;
  for (int i = 0; i < 8; ++i) {
    const double start = place(random);
    all.push_back(range(start, start + 0.25));
  }
  for (const double start : {0.0, -0.3, duration + 5, duration - 0.05, 0.0}) all.push_back(range(start));
  all.push_back(range(0, 0.1));
  all.push_back(all.front());
  all.push_back(range(0, std::numeric_limits<double>::infinity()));
  all.back().tail = Tail::kEditList;
  all.push_back(range(place(random)));
  all.back().sample_rate = 16'000;
  all.back().stream = 0;
  all.push_back(all.back());
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

}  // namespace

TEST(IdleDemuxer, GivesWhatAFreshOneGivesOfEveryFixture) {
  initialize_ffmpeg();
  int kept = 0;
  for (const fs::path& path : fixtures()) {
    const Bytes bytes = read_file(path);
    Opened opened(bytes);
    const Cancellation never;
    double duration = 1;
    try {
      duration = probe(*std::make_unique<MemorySource>(bytes), {}, never).duration;
    } catch (const AudioError&) {
      // The requests say the same.
    }
    int number = 0;
    for (const DecodeOptions& options : requests(duration, static_cast<uint32_t>(bytes.size()))) {
      const Told told = ask(opened.source(), options);
      EXPECT_EQ(told, ask(std::make_unique<MemorySource>(bytes), options))
          << path.filename() << ", request " << number << ", " << options.range.start << " to " << options.range.end
          << ": " << told.error;
      ++number;
      kept += opened.idle().bytes() > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(kept, 0);
}

TEST(IdleDemuxer, ReadsThePacketsThatAFreshOneReads) {
  initialize_ffmpeg();
  int compared = 0;
  for (const fs::path& path : fixtures()) {
    const Bytes bytes = read_file(path);
    Opened opened(bytes);
    if (!ask(opened.source(), range(0.4, 0.6)).error.empty() || opened.idle().bytes() == 0) continue;
    const Cancellation never;
    MemorySource kept_source(bytes);
    MemorySource source(bytes);
    const std::unique_ptr<Demuxer> kept = opened.idle().take(kept_source, {}, never);
    // Fragments: it did not find back, and is opened anew.
    if (!kept) continue;
    Demuxer fresh(source, {}, -1, {}, never);
    const PacketHandle one = make_packet();
    const PacketHandle other = make_packet();
    Damage damage;
    while (fresh.read(*other, damage)) {
      ASSERT_TRUE(kept->read(*one, damage)) << path;
      ASSERT_TRUE(is_same(*one, *other)) << path << " at " << other->pts;
      av_packet_unref(one.get());
      av_packet_unref(other.get());
      ++compared;
    }
    EXPECT_FALSE(kept->read(*one, damage)) << path;
  }
  EXPECT_GT(compared, 500);
}

TEST(IdleDemuxer, IsKeptOfMp4ThatIsReadByItsIndex) {
  initialize_ffmpeg();
  for (const char* name : {"alac.m4a", "edit-list.m4a", "faststart.m4a", "pcm.mov"}) {
    const Bytes bytes = fixture(name);
    Opened opened(bytes);
    EXPECT_EQ(ask(opened.source(), range(2, 3)).error, "") << name;
    EXPECT_GT(opened.idle().bytes(), 0u) << name;
  }
  for (const char* name : {"pcm.wav", "lame.mp3", "vorbis.ogg", "vorbis.webm", "aac.ts", "flac.flac", "adts.aac"}) {
    const Bytes bytes = fixture(name);
    Opened opened(bytes);
    EXPECT_EQ(ask(opened.source(), range(2, 3)).error, "") << name;
    EXPECT_EQ(opened.idle().bytes(), 0u) << name;
  }
}

// What a later range reads are its samples.
TEST(IdleDemuxer, DoesNotReadTheIndexAgain) {
  initialize_ffmpeg();
  const Bytes bytes = fixture("faststart.m4a");
  Opened opened(bytes);
  ask(opened.source(), range(5, 5.1));
  const size_t first = opened.read();
  ask(opened.source(), range(5, 5.1));
  const size_t second = opened.read() - first;
  EXPECT_LT(second, first);
  const Cancellation never;
  const size_t before = opened.read();
  EXPECT_EQ(probe(*opened.source(), {}, never).stream.codec, "aac");
  // A buffer, to see the first packet.
  EXPECT_LE(opened.read() - before, size_t{64} * 1024);
}

TEST(IdleDemuxer, ObeysTheLimitsOfEachRequest) {
  initialize_ffmpeg();
  const Bytes bytes = fixture("alac.m4a");
  Opened opened(bytes);
  const Told expected = ask(std::make_unique<MemorySource>(bytes), range(3, 4));
  const auto holds = [&] { return ask(opened.source(), range(3, 4)) == expected && opened.idle().bytes() > 0; };
  EXPECT_TRUE(holds());

  DecodeOptions small = range(3, 4);
  small.limits.input_bytes = 1000;
  DecodeOptions few = range(3, 4);
  few.limits.channels = 0;
  DecodeOptions brief = range(3, 4);
  brief.limits.seconds = 0.5;
  for (const DecodeOptions& options : {small, few, brief}) {
    const Told refused = ask(opened.source(), options);
    EXPECT_EQ(refused, ask(std::make_unique<MemorySource>(bytes), options));
    EXPECT_NE(refused.error.find("LIMIT"), std::string::npos) << refused.error;
    EXPECT_EQ(opened.idle().bytes(), 0u);
    EXPECT_TRUE(holds());
  }

  Cancellation cancelled;
  cancelled.cancel();
  EXPECT_NE(ask(opened.source(), range(3, 4), cancelled).error.find("ABORT"), std::string::npos);
  EXPECT_EQ(opened.idle().bytes(), 0u);
  EXPECT_TRUE(holds());
  Cancellation late;
  late.set_deadline(0);
  EXPECT_NE(ask(opened.source(), range(3, 4), late).error.find("LIMIT"), std::string::npos);
  EXPECT_TRUE(holds());
}

TEST(IdleDemuxer, ServesOneRequestAtATime) {
  initialize_ffmpeg();
  const Bytes bytes = fixture("edit-list.m4a");
  Opened opened(bytes);
  std::vector<Told> expected;
  for (int i = 0; i < 5; ++i) expected.push_back(ask(std::make_unique<MemorySource>(bytes), range(i + 0.5, i + 0.8)));
  std::vector<std::unique_ptr<ByteSource>> sources;
  for (int i = 0; i < 40; ++i) {
    auto source = std::make_unique<MemorySource>(bytes);
    source->remember(nullptr, std::shared_ptr<IdleDemuxer>(std::shared_ptr<void>(), &opened.idle()));
    sources.push_back(std::move(source));
  }
  std::atomic<int> equal = 0;
  {
    std::vector<std::jthread> threads;
    for (size_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (size_t i = 0; i < 10; ++i) {
          const size_t which = (thread + i) % expected.size();
          const double start = static_cast<double>(which) + 0.5;
          equal += ask(std::move(sources[thread * 10 + i]), range(start, start + 0.3)) == expected[which] ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(equal, 40);
  EXPECT_GT(opened.idle().bytes(), 0u);
}

TEST(IdleDemuxer, KeepsNothingOnceItIsClosed) {
  initialize_ffmpeg();
  const Bytes bytes = fixture("alac.m4a");
  Opened opened(bytes);
  ask(opened.source(), range(1, 2));
  EXPECT_GT(opened.idle().bytes(), bytes.size() / 1000);
  opened.idle().close();
  EXPECT_EQ(opened.idle().bytes(), 0u);
  EXPECT_EQ(ask(opened.source(), range(1, 2)), ask(std::make_unique<MemorySource>(bytes), range(1, 2)));
  EXPECT_EQ(opened.idle().bytes(), 0u);
}

// Bytes that are no longer those that were opened, though that is not allowed.
TEST(IdleDemuxer, IsNotTrustedWhenTheFirstPacketHasChanged) {
  initialize_ffmpeg();
  Bytes bytes = fixture("alac.m4a");
  const Bytes original = bytes;
  Opened opened(bytes);
  // Far enough for the first packet to leave the buffer.
  ask(opened.source(), range(5));
  EXPECT_GT(opened.idle().bytes(), 0u);
  const auto media = std::search(bytes.begin(), bytes.end(), std::begin("mdat"), std::begin("mdat") + 4) + 4;
  std::fill(media, media + 200, uint8_t{0x55});
  ASSERT_NE(bytes, original);
  const Cancellation never;
  MemorySource source(bytes);
  EXPECT_EQ(opened.idle().take(source, {}, never), nullptr);
}

// A hundred bytes of header can claim as many packets as the file has bytes.
TEST(IdleDemuxer, IsNotKeptWhenItHoldsMoreThanTheFile) {
  initialize_ffmpeg();
  Bytes bytes = fixture("edit-list.m4a");
  const Cancellation never;
  Opened honest(bytes);
  probe(*honest.source(), {}, never);
  EXPECT_GT(honest.idle().bytes(), 0u);

  const auto put = [&](const char* box, std::ptrdiff_t offset, uint32_t value) {
    const auto at = std::search(bytes.begin(), bytes.end(), box, box + 4) + 4 + offset;
    for (int i = 0; i < 4; ++i) at[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
  };
  constexpr uint32_t kPackets = 1'000'000;
  put("edts", -4, 0x66726565);  // "free": no edit list, which would end it
  put("stsz", 4, 1);            // bytes of each
  put("stsz", 8, kPackets);
  put("stsc", 12, kPackets);  // in the first chunk
  put("stts", 8, kPackets);
  Opened lying(bytes);
  MemorySource source(bytes);
  EXPECT_GT(bytes_of(Demuxer(source, {}, -1, {}, never)), bytes.size() * sizeof(AVIndexEntry) / 2);
  probe(*lying.source(), {}, never);
  EXPECT_EQ(lying.idle().bytes(), 0u);
}

}  // namespace cochlea::test
