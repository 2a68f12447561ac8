#include "core/error.h"

namespace cochlea {

const char* name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnsupportedContainer:
      return "ERR_AUDIO_UNSUPPORTED_CONTAINER";
    case ErrorCode::kUnsupportedCodec:
      return "ERR_AUDIO_UNSUPPORTED_CODEC";
    case ErrorCode::kUnsupportedLayout:
      return "ERR_AUDIO_UNSUPPORTED_LAYOUT";
    case ErrorCode::kNoStream:
      return "ERR_AUDIO_NO_STREAM";
    case ErrorCode::kEmpty:
      return "ERR_AUDIO_EMPTY";
    case ErrorCode::kRange:
      return "ERR_AUDIO_RANGE";
    case ErrorCode::kCorrupt:
      return "ERR_AUDIO_CORRUPT";
    case ErrorCode::kEncrypted:
      return "ERR_AUDIO_ENCRYPTED";
    case ErrorCode::kNonFinite:
      return "ERR_AUDIO_NON_FINITE";
    case ErrorCode::kLimit:
      return "ERR_AUDIO_LIMIT";
    case ErrorCode::kSource:
      return "ERR_AUDIO_SOURCE";
    case ErrorCode::kSpool:
      return "ERR_AUDIO_SPOOL";
    case ErrorCode::kTransferFailed:
      return "ERR_TRANSFER_FAILED";
    case ErrorCode::kTransferUnavailable:
      return "ERR_TRANSFER_UNAVAILABLE";
    case ErrorCode::kAborted:
      return "ABORT_ERR";
    case ErrorCode::kInternal:
      return "ERR_AUDIO_INTERNAL";
  }
  return "ERR_AUDIO_INTERNAL";
}

AudioError AudioError::limit(std::string name, double max, double actual, std::string message) {
  AudioError error(ErrorCode::kLimit, std::move(message));
  error.limit_ = std::move(name);
  error.max_ = max;
  error.actual_ = actual;
  return error;
}

AudioError AudioError::source(int system_error, std::string message) {
  AudioError error(ErrorCode::kSource, std::move(message));
  error.system_error_ = system_error;
  return error;
}

AudioError AudioError::spool(int system_error, std::string message) {
  AudioError error(ErrorCode::kSpool, std::move(message));
  error.system_error_ = system_error;
  return error;
}

AudioError AudioError::form(std::string message) {
  AudioError error(ErrorCode::kUnsupportedContainer, std::move(message));
  error.is_form_ = true;
  return error;
}

}  // namespace cochlea
