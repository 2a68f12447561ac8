#include "core/transfer/mapped_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "expect_error.h"

namespace cochlea::test {

namespace {

class MappedFileTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& contents) const {
    const std::filesystem::path path = folder_ / "file";
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }

  const std::filesystem::path folder_ = testing::TempDir() + "cochlea-mapped-" + std::to_string(::getpid());
};

}  // namespace

TEST_F(MappedFileTest, ItsBytesCanBeReadAndWrittenForOurselves) {
  const std::string path = file("abc");
  const MappedFile first(path, 3);
  const MappedFile second(path, 3);
  first.bytes()[0] = std::byte{'X'};
  EXPECT_EQ(second.bytes()[0], std::byte{'a'});
}

TEST_F(MappedFileTest, OnlyTheOwnerUnmaps) {
  MappedFile first(file("abc"), 3);
  const MappedFile second(std::move(first));
  EXPECT_EQ(second.bytes()[2], std::byte{'c'});
  MappedFile third(file("abc"), 3);
  const std::span<std::byte> taken = third.release();
  EXPECT_TRUE(third.bytes().empty());
  EXPECT_EQ(taken[1], std::byte{'b'});
  MappedFile::unmap(taken);
}

TEST_F(MappedFileTest, AnEmptyFileHasNoBytes) { EXPECT_TRUE(MappedFile(file(""), 0).bytes().empty()); }

TEST_F(MappedFileTest, WhatIsNoRegularFileOfItsSizeIsRefused) {
  const std::string path = file("abc");
  EXPECT_EQ(error_of([&] { const MappedFile mapped(path, 4); }).system_error(), EINVAL);
  EXPECT_EQ(error_of([&] { const MappedFile mapped(folder_, 4); }).system_error(), EISDIR);
  EXPECT_EQ(error_of([&] { const MappedFile mapped(path + "s", 3); }).system_error(), ENOENT);
  std::filesystem::create_symlink(path, folder_ / "link");
  EXPECT_EQ(error_of([&] { const MappedFile mapped(folder_ / "link", 3); }).system_error(), ELOOP);
}

}  // namespace cochlea::test
