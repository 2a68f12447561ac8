#include "core/source/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/error.h"
#include "core/ffmpeg.h"

namespace cochlea {

namespace {

// Headers invent offsets. Past the end there are no bytes; this far, sums with sizes would overflow.
constexpr int64_t kFarthestSeek = int64_t{1} << 62;

}  // namespace

bool read_exactly(ByteSource& source, int64_t position, std::span<uint8_t> to) noexcept {
  if (!source.seek(position)) return false;
  while (!to.empty()) {
    const int count = source.read(to);
    if (count <= 0) return false;
    to = to.subspan(static_cast<size_t>(count));
  }
  return true;
}

int MemorySource::read(std::span<uint8_t> to) noexcept {
  // A seek past the end is no error, as with a file.
  const size_t count = std::min(to.size(), bytes_.size() - std::min(position_, bytes_.size()));
  if (count > 0) std::memcpy(to.data(), bytes_.data() + position_, count);
  position_ += count;
  return static_cast<int>(count);
}

bool MemorySource::seek(int64_t position) noexcept {
  if (position < 0 || position > kFarthestSeek) return false;
  position_ = static_cast<size_t>(position);
  return true;
}

FileSource::FileSource(const std::string& path) {
  const auto fail = [&path](int code) -> AudioError {
    return AudioError::source(code, "cannot read " + path + ": " + std::system_category().message(code));
  };
  // Without O_NONBLOCK, opening a named pipe waits for its writer; without O_NOCTTY, opening a terminal may make it the
  // process's own.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor_ < 0) throw fail(errno);
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    const int code = !known ? errno : S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    ::close(descriptor_);
    throw fail(code);
  }
  size_ = static_cast<int64_t>(status.st_size);
}

FileSource::~FileSource() { ::close(descriptor_); }

std::unique_ptr<FileSource> FileSource::again() const {
  const int descriptor = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) throw AudioError::source(errno, "cannot read the file: " + std::system_category().message(errno));
  return std::make_unique<FileSource>(descriptor, size_);
}

int FileSource::read(std::span<uint8_t> to) noexcept {
  if (position_ >= size_) return 0;
  ssize_t count = 0;
  do {
    count = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(position_));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return AVERROR(errno);
  position_ += count;
  return static_cast<int>(count);
}

bool FileSource::seek(int64_t position) noexcept {
  if (position < 0 || position > kFarthestSeek) return false;
  position_ = position;
  return true;
}

}  // namespace cochlea
