// Where encoded bytes come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/media_info.h"

namespace cochlea {

class IdleDemuxer;
class PacketIndex;

// Used by one worker at a time. Callbacks come from C code: reading and seeking do not throw.
class ByteSource {
 public:
  static constexpr int64_t kUnknownSize = -1;

  virtual ~ByteSource() = default;
  // Bytes read into `to`: 0 at the end, a negative AVERROR on failure.
  virtual int read(std::span<uint8_t> to) noexcept = 0;
  virtual bool seek(int64_t position) noexcept = 0;
  virtual int64_t position() const noexcept = 0;
  // kUnknownSize while more may come.
  virtual int64_t size() const noexcept = 0;

  // The rest concerns sources that are still coming: see Note [Feeds].
  // Whether every byte is at hand.
  virtual bool seekable() const noexcept { return true; }
  // Of those, how many can be read without waiting.
  virtual size_t at_hand() const noexcept { return SIZE_MAX; }
  // From here on, only small steps back are asked for.
  virtual void release() noexcept {}
  // Waits for all bytes, and becomes seekable. Throws AudioError.
  virtual Storage gather() { return Storage::kNone; }
  // What a failed read() or gather() failed with, where the source knows better than an error number.
  virtual std::optional<AudioError> failure() const { return std::nullopt; }

  // What earlier decodes of the same bytes left behind: what they learned of the packets, and an open container. Null
  // where nobody keeps it.
  PacketIndex* index() const { return index_.get(); }
  IdleDemuxer* idle_demuxer() const { return idle_demuxer_.get(); }
  void remember(std::shared_ptr<PacketIndex> index, std::shared_ptr<IdleDemuxer> idle_demuxer) {
    index_ = std::move(index);
    idle_demuxer_ = std::move(idle_demuxer);
  }

 private:
  std::shared_ptr<PacketIndex> index_;
  std::shared_ptr<IdleDemuxer> idle_demuxer_;
};

// Reads as many bytes as `to` holds; false if the source ends before, or fails.
bool read_exactly(ByteSource& source, int64_t position, std::span<uint8_t> to) noexcept;

// A number in the order of networks, as most containers write theirs. Of at most eight bytes.
constexpr uint64_t big_endian(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

// Bytes that somebody else keeps alive and unchanged while the source lives.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  int read(std::span<uint8_t> to) noexcept override;
  bool seek(int64_t position) noexcept override;
  int64_t position() const noexcept override { return static_cast<int64_t>(position_); }
  int64_t size() const noexcept override { return static_cast<int64_t>(bytes_.size()); }

 private:
  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
};

// A regular file. Pipes, devices and folders are refused: reading them could block a worker for ever.
class FileSource final : public ByteSource {
 public:
  // Throws kSource.
  explicit FileSource(const std::string& path);
  // Takes the descriptor over.
  FileSource(int descriptor, int64_t size) : descriptor_(descriptor), size_(size) {}
  ~FileSource() override;
  // The same open file, with a position of its own. Throws kSource.
  std::unique_ptr<FileSource> again() const;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  int read(std::span<uint8_t> to) noexcept override;
  bool seek(int64_t position) noexcept override;
  int64_t position() const noexcept override { return position_; }
  int64_t size() const noexcept override { return size_; }

 private:
  int descriptor_ = -1;
  int64_t position_ = 0;
  int64_t size_ = 0;
};

}  // namespace cochlea
