#include "core/demuxing/stream_facts.h"

#include <string_view>

#include "allow_list.h"
#include "core/demuxing/protection.h"
#include "core/demuxing/recognise.h"

namespace cochlea {

namespace {

// Containers that find a frame of PCM by arithmetic. Raw PCM is named as its codec is.
constexpr char kTimedPcm[] = "wav,w64,aiff,au,caf";

}  // namespace

StreamInfo describe(const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  StreamInfo info;
  info.index = stream.index;
  info.codec = avcodec_get_name(parameters.codec_id);
  const char* profile = avcodec_profile_name(parameters.codec_id, parameters.profile);
  if (profile != nullptr) info.profile = profile;
  info.sample_rate = parameters.sample_rate;
  info.channels = parameters.ch_layout.nb_channels;
  info.layout = ChannelLayout::labelled(parameters.ch_layout).describe();
  info.bit_rate = parameters.bit_rate;
  info.decodable = avcodec_find_decoder(parameters.codec_id) != nullptr && is_readable(stream);
  return info;
}

bool StreamFacts::is_mov() const { return std::string_view(format_.iformat->name).starts_with("mov,"); }

bool StreamFacts::times_every_frame() const {
  if (is_mov()) return !is_fragmented_;
  const std::string_view container(format_.iformat->name);
  if (stream_.codecpar->codec_id == AV_CODEC_ID_FLAC) return container == "flac";
  return bytes_per_frame() > 0 && is_listed(container, kTimedPcm);
}

bool StreamFacts::states_its_end() const {
  return stream_.duration != AV_NOPTS_VALUE && format_.duration_estimation_method == AVFMT_DURATION_FROM_STREAM &&
         is_listed(format_.iformat->name, kContainersWithLength);
}

bool StreamFacts::states_exact_length() const {
  const AVCodecDescriptor* codec = avcodec_descriptor_get(stream_.codecpar->codec_id);
  const bool lossless =
      codec != nullptr && (codec->props & AV_CODEC_PROP_LOSSLESS) != 0 && (codec->props & AV_CODEC_PROP_LOSSY) == 0;
  const std::string_view container(format_.iformat->name);
  return lossless && states_its_end() && container != "caf" && container != "dsf";
}

double StreamFacts::bytes_per_frame() const {
  const AVCodecParameters& parameters = *stream_.codecpar;
  const int bits = av_get_exact_bits_per_sample(parameters.codec_id);
  return static_cast<double>(bits) * parameters.ch_layout.nb_channels / 8;
}

// Among them are all codecs whose ranges are found in MP4.
bool StreamFacts::is_unparsed() const {
  const AVCodecID codec = stream_.codecpar->codec_id;
  return codec == AV_CODEC_ID_AAC || codec == AV_CODEC_ID_ALAC || codec == AV_CODEC_ID_FLAC || bytes_per_frame() > 0;
}

double StreamFacts::duration() const {
  if (stream_.duration != AV_NOPTS_VALUE) return static_cast<double>(stream_.duration) * av_q2d(stream_.time_base);
  if (format_.duration != AV_NOPTS_VALUE) return static_cast<double>(format_.duration) / AV_TIME_BASE;
  return -1;
}

int64_t StreamFacts::index_entries() const {
  int64_t count = 0;
  for (unsigned i = 0; i < format_.nb_streams; ++i) count += avformat_index_get_entries_count(format_.streams[i]);
  return count;
}

}  // namespace cochlea
