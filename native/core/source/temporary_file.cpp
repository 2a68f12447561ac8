#include "core/source/temporary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace cochlea {

namespace {

AudioError failure(const std::string& what, int code) {
  return AudioError::spool(code, what + ": " + std::system_category().message(code));
}

// Not every file system makes files without a name.
int open_and_unlink(const std::string& folder) {
  std::string path = folder + "/cochlea-XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor >= 0) ::unlink(path.c_str());
  return descriptor;
}

}  // namespace

TemporaryFile::TemporaryFile(const std::string& folder) {
  // lib/native/permission.ts gives none where Node's permission model allows none.
  if (folder.empty()) throw failure("this process may not write temporary files", EACCES);
#ifdef O_TMPFILE
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
#endif
  if (descriptor_ < 0) descriptor_ = open_and_unlink(folder);
  if (descriptor_ < 0) throw failure("cannot make a temporary file in " + folder, errno);
}

TemporaryFile::~TemporaryFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void TemporaryFile::append(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure("cannot write to a temporary file", errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
    size_ += written;
  }
}

std::unique_ptr<ByteSource> TemporaryFile::release() {
  return std::make_unique<FileSource>(std::exchange(descriptor_, -1), size_);
}

}  // namespace cochlea
