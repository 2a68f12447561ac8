#include "core/transfer/mapped_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace cochlea {

namespace {

// st_blocks counts these, whatever the file system's own are (POSIX leaves it open; Linux, stat(2)).
constexpr uint64_t kStatBlock = 512;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

AudioError failure(const std::string& path, int code, const std::string& why) {
  return AudioError::source(code, "cannot map " + path + ": " + why);
}

AudioError failure(const std::string& path, int code) {
  return failure(path, code, std::system_category().message(code));
}

void check(const std::string& path, const struct stat& status, size_t bytes) {
  if (S_ISDIR(status.st_mode)) throw failure(path, EISDIR);
  if (!S_ISREG(status.st_mode)) throw failure(path, EINVAL, "it is not a regular file");
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size != bytes) {
    throw failure(path, EINVAL, "it has " + std::to_string(size) + " bytes, not " + std::to_string(bytes));
  }
}

// Only tmpfs needs memory for a hole that is read. Elsewhere fewer blocks than bytes may mean compression.
void check_holes(const std::string& path, const struct stat& status, int descriptor) {
  struct statfs system {};
  if (::fstatfs(descriptor, &system) != 0) throw failure(path, errno);
  const bool holes = static_cast<uint64_t>(status.st_blocks) * kStatBlock < static_cast<uint64_t>(status.st_size);
  if (system.f_type == TMPFS_MAGIC && holes) throw failure(path, ENODATA, "it has holes");
}

}  // namespace

MappedFile::MappedFile(const std::string& path, size_t bytes) {
  if (path.find('\0') != std::string::npos) throw failure("a file", EINVAL, "its path has a zero byte");
  // O_NONBLOCK: opening a named pipe would wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) throw failure(path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw failure(path, errno);
  check(path, status, bytes);
  check_holes(path, status, file.number());
  if (bytes == 0) return;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.number(), 0);
  if (memory == MAP_FAILED) throw failure(path, errno);  // NOLINT: the macro casts
  bytes_ = {static_cast<std::byte*>(memory), bytes};
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(other.release()) {}

MappedFile::~MappedFile() { unmap(bytes_); }

std::span<std::byte> MappedFile::release() { return std::exchange(bytes_, {}); }

void MappedFile::unmap(std::span<std::byte> bytes) noexcept {
  if (!bytes.empty()) ::munmap(bytes.data(), bytes.size());
}

}  // namespace cochlea
