#include "core/source/byte_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/demuxing/io_context.h"
#include "expect_error.h"

namespace cochlea::test {

namespace {

const std::array<uint8_t, 10> kTen = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

// A folder that is gone when the test is over.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cochlea-test-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string write_ten(const TemporaryFolder& folder) {
  const std::string path = folder.file("ten");
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(kTen.data()), kTen.size());
  return path;
}

AudioError error_of_opening(const std::string& path) {
  return error_of([&] { FileSource source(path); });
}

void expect_reads_like_ten_bytes(ByteSource& source) {
  EXPECT_EQ(source.size(), 10);
  std::array<uint8_t, 6> to{};
  EXPECT_EQ(source.read(to), 6);
  EXPECT_EQ(to, (std::array<uint8_t, 6>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(source.position(), 6);
  EXPECT_EQ(source.read(to), 4);
  EXPECT_EQ(to[3], 9);
  EXPECT_EQ(source.read(to), 0);
  EXPECT_TRUE(source.seek(9));
  EXPECT_EQ(source.read(to), 1);
  EXPECT_EQ(to[0], 9);
  EXPECT_TRUE(source.seek(10));
  EXPECT_EQ(source.read(to), 0);
  EXPECT_FALSE(source.seek(-1));
  EXPECT_FALSE(source.seek(INT64_MIN));
  // Whether a seek past the end is refused or leads to the end of the file: no byte comes from there.
  if (source.seek(INT64_MAX)) {
    EXPECT_LE(source.read(to), 0);
  }
}

}  // namespace

TEST(ByteSource, MemoryIsReadWithinItsBounds) {
  MemorySource source(kTen);
  expect_reads_like_ten_bytes(source);
  EXPECT_TRUE(source.seek(11));
}

TEST(ByteSource, AFileIsReadWithinItsBounds) {
  const TemporaryFolder folder;
  FileSource source(write_ten(folder));
  expect_reads_like_ten_bytes(source);
}

TEST(ByteSource, AMissingFileSaysSo) {
  const TemporaryFolder folder;
  const AudioError error = error_of_opening(folder.file("nothing"));
  EXPECT_EQ(error.code(), ErrorCode::kSource);
  EXPECT_EQ(error.system_error(), ENOENT);
}

TEST(ByteSource, AFolderIsRefused) {
  const TemporaryFolder folder;
  const AudioError error = error_of_opening(folder.path().string());
  EXPECT_EQ(error.code(), ErrorCode::kSource);
  EXPECT_EQ(error.system_error(), EISDIR);
}

// Opening a pipe without a writer blocks unless one takes care: the test would never end.
TEST(ByteSource, APipeIsRefusedWithoutWaiting) {
  const TemporaryFolder folder;
  const std::string path = folder.file("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(error_of_opening(path).code(), ErrorCode::kSource);
}

TEST(ByteSource, ADeviceIsRefused) { EXPECT_EQ(error_of_opening("/dev/zero").code(), ErrorCode::kSource); }

TEST(IoContext, SeeksToOffsetsThatHeadersInvent) {
  MemorySource source(kTen);
  const Cancellation never;
  const Lease lease{&source, &never};
  IoContext io(lease);
  EXPECT_EQ(avio_size(io.get()), 10);
  EXPECT_EQ(avio_seek(io.get(), 4, SEEK_SET), 4);
  EXPECT_EQ(avio_r8(io.get()), 4);
  EXPECT_LT(avio_seek(io.get(), -1, SEEK_SET), 0);
  EXPECT_LT(avio_seek(io.get(), 11, SEEK_SET), 0);
  EXPECT_LT(avio_seek(io.get(), INT64_MAX, SEEK_SET), 0);
  EXPECT_LT(avio_seek(io.get(), INT64_MAX, SEEK_CUR), 0);
  EXPECT_LT(avio_seek(io.get(), INT64_MIN, SEEK_SET), 0);
  EXPECT_EQ(avio_seek(io.get(), 9, SEEK_SET), 9);
  EXPECT_EQ(avio_r8(io.get()), 9);
  EXPECT_NO_THROW(io.check());
}

TEST(IoContext, ACancelledJobReadsNoMore) {
  MemorySource source(kTen);
  Cancellation cancellation;
  const Lease lease{&source, &cancellation};
  IoContext io(lease);
  cancellation.cancel();
  std::array<uint8_t, 4> to{};
  EXPECT_EQ(avio_read(io.get(), to.data(), to.size()), AVERROR_EXIT);
}

}  // namespace cochlea::test
