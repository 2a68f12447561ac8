// A file of another process, as memory.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace cochlea {

// Note [Files of others]
// What is mapped was written by a peer, perhaps while we look. So the path is no link and names a regular file of the
// announced size without holes in tmpfs (reading one raises SIGBUS when it is full); the descriptor is closed once the
// file is mapped, which outlives its name. The mapping is private: what JavaScript writes stays in this process. Two
// things are left that only a closed folder prevents: whoever may write to the file can change bytes that we have not
// touched, or cut it, and reading beyond its end raises SIGBUS.
class MappedFile {
 public:
  // Any thread. Throws kSource, with an error number of the system.
  MappedFile(const std::string& path, size_t bytes);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;

  // Private to this process, writable. Empty for an empty file.
  std::span<std::byte> bytes() const { return bytes_; }
  // Whoever takes them unmaps them.
  std::span<std::byte> release();
  static void unmap(std::span<std::byte> bytes) noexcept;

 private:
  std::span<std::byte> bytes_;
};

}  // namespace cochlea
