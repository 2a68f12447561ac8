#include "core/demuxing/protection.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/error.h"

namespace cochlea {

namespace {

constexpr std::array kEncryptedTags = {
    static_cast<uint32_t>(MKTAG('e', 'n', 'c', 'a')),
    static_cast<uint32_t>(MKTAG('d', 'r', 'm', 's')),
    static_cast<uint32_t>(MKTAG('a', 'a', 'v', 'd')),
    uint32_t{0xc1},  // AC-3, E-AC-3 and AAC, HLS Sample Encryption
    uint32_t{0xc2},
    uint32_t{0xcf},
};

const AVPacketSideData* side_data(const AVStream& stream, AVPacketSideDataType type) {
  return av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, type);
}

// What our patch of the Matroska demuxer says, or null.
const char* obstacle(const AVStream& stream) {
  const AVPacketSideData* text = side_data(stream, AV_PKT_DATA_STRINGS_METADATA);
  return text == nullptr ? nullptr : reinterpret_cast<const char*>(text->data);
}

}  // namespace

bool is_encrypted(const AVStream& stream) {
  if (side_data(stream, AV_PKT_DATA_ENCRYPTION_INFO) != nullptr) return true;
  return std::find(kEncryptedTags.begin(), kEncryptedTags.end(), stream.codecpar->codec_tag) != kEncryptedTags.end();
}

bool is_encrypted(const AVPacket& packet) {
  return av_packet_get_side_data(&packet, AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr;
}

bool is_readable(const AVStream& stream) { return !is_encrypted(stream) && obstacle(stream) == nullptr; }

void refuse_encrypted(const AVStream& stream) {
  throw AudioError(ErrorCode::kEncrypted, "stream " + std::to_string(stream.index) + " is encrypted");
}

void refuse_unreadable(const AVStream& stream) {
  if (is_encrypted(stream)) refuse_encrypted(stream);
  if (const char* reason = obstacle(stream)) {
    throw AudioError(ErrorCode::kUnsupportedCodec,
                     "stream " + std::to_string(stream.index) + " cannot be read: " + reason);
  }
}

}  // namespace cochlea
