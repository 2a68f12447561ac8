// What went wrong, in terms a caller can act on. Thrown inside the core, caught once per job.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace cochlea {

enum class ErrorCode {
  kUnsupportedContainer,
  kUnsupportedCodec,
  kUnsupportedLayout,
  kNoStream,
  kEmpty,
  kRange,
  kCorrupt,
  kEncrypted,
  kNonFinite,
  kLimit,
  kSource,
  kSpool,
  kTransferFailed,
  kTransferUnavailable,
  kAborted,
  kInternal,
};

// The public name of a code, as JavaScript sees it: "ERR_AUDIO_CORRUPT".
const char* name_of(ErrorCode code);

class AudioError : public std::exception {
 public:
  AudioError(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  // A limit was met: which one, what it allows, what was asked or found.
  static AudioError limit(std::string name, double max, double actual, std::string message);

  // An operating system error number, for a source that cannot be opened or read.
  static AudioError source(int system_error, std::string message);

  // The same for a temporary file of our own.
  static AudioError spool(int system_error, std::string message);

  // A multipart form where a file was expected.
  static AudioError form(std::string message);

  ErrorCode code() const { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& limit_name() const { return limit_; }
  double max() const { return max_; }
  double actual() const { return actual_; }
  int system_error() const { return system_error_; }
  bool is_form() const { return is_form_; }

 private:
  ErrorCode code_;
  std::string message_;
  std::string limit_;
  double max_ = 0;
  double actual_ = 0;
  int system_error_ = 0;
  bool is_form_ = false;
};

}  // namespace cochlea
