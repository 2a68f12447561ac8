// The floor that Cochlea's speed is measured against: FFmpeg and soxr called in the barest way, on
// the same bytes, in the same build. Two timings are added up:
//   decode     every packet read and decoded, samples thrown away
//   resample   the mono float signal of that file, held in memory, through one soxr instance
// No downmix, no format conversion, no limits, no JavaScript: what is left out is the library's job,
// so that a ratio of 1.00 means that the library's own work costs nothing.
//
//   cochlea_floor FILE OUTPUT_RATE ROUNDS
// prints one JSON line: {"decode":[ms…],"resample":[ms…],"frames":n,"rate":r}
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}
#include <soxr.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "cochlea_floor: %s\n", what);
  std::exit(1);
}

struct Bytes {
  std::vector<uint8_t> data;
  size_t position = 0;
};

int read_bytes(void* opaque, uint8_t* to, int size) {
  auto& bytes = *static_cast<Bytes*>(opaque);
  const size_t count = std::min(static_cast<size_t>(size), bytes.data.size() - bytes.position);
  if (count == 0) return AVERROR_EOF;
  std::memcpy(to, bytes.data.data() + bytes.position, count);
  bytes.position += count;
  return static_cast<int>(count);
}

int64_t seek_bytes(void* opaque, int64_t offset, int whence) {
  auto& bytes = *static_cast<Bytes*>(opaque);
  const auto size = static_cast<int64_t>(bytes.data.size());
  if (whence == AVSEEK_SIZE) return size;
  if (whence == SEEK_CUR) offset += static_cast<int64_t>(bytes.position);
  if (whence == SEEK_END) offset += size;
  if (offset < 0 || offset > size) return AVERROR(EINVAL);
  bytes.position = static_cast<size_t>(offset);
  return offset;
}

struct Decoded {
  double milliseconds = 0;
  int64_t frames = 0;
  int rate = 0;
  std::vector<float> first_channel;
};

// Decodes everything; keeps the first channel as float only when asked, outside the timed runs.
Decoded decode(Bytes& bytes, bool keep) {
  Decoded result;
  bytes.position = 0;
  const auto start = Clock::now();
  AVFormatContext* format = avformat_alloc_context();
  auto* buffer = static_cast<uint8_t*>(av_malloc(65536));
  format->pb = avio_alloc_context(buffer, 65536, 0, &bytes, read_bytes, nullptr, seek_bytes);
  // As the library does: FFmpeg's search for DTS in PCM takes most of the time of a short WAV.
  format->max_probe_packets = 1;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "max_size", "16384", 0);
  const int opened = avformat_open_input(&format, nullptr, nullptr, &options);
  av_dict_free(&options);
  if (opened < 0) fail("cannot open the input");
  if (avformat_find_stream_info(format, nullptr) < 0) fail("cannot read stream information");
  const AVCodec* codec = nullptr;
  const int index = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
  if (index < 0) fail("no audio stream");
  AVCodecContext* context = avcodec_alloc_context3(codec);
  avcodec_parameters_to_context(context, format->streams[index]->codecpar);
  context->pkt_timebase = format->streams[index]->time_base;
  if (avcodec_open2(context, codec, nullptr) < 0) fail("cannot open the decoder");
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  bool ended = false;
  while (!ended) {
    if (av_read_frame(format, packet) < 0) {
      ended = true;
      avcodec_send_packet(context, nullptr);
    } else {
      if (packet->stream_index == index) avcodec_send_packet(context, packet);
      av_packet_unref(packet);
    }
    while (avcodec_receive_frame(context, frame) == 0) {
      result.frames += frame->nb_samples;
      result.rate = frame->sample_rate;
      if (keep) {
        for (int i = 0; i < frame->nb_samples; ++i) {
          const int channels = av_sample_fmt_is_planar(context->sample_fmt) ? 1 : frame->ch_layout.nb_channels;
          float value = 0;
          switch (av_get_packed_sample_fmt(context->sample_fmt)) {
            case AV_SAMPLE_FMT_FLT:
              value = reinterpret_cast<float*>(frame->extended_data[0])[i * channels];
              break;
            case AV_SAMPLE_FMT_S16:
              value = static_cast<float>(reinterpret_cast<int16_t*>(frame->extended_data[0])[i * channels]) / 32768.0f;
              break;
            case AV_SAMPLE_FMT_S32:
              value =
                  static_cast<float>(reinterpret_cast<int32_t*>(frame->extended_data[0])[i * channels]) / 2147483648.0f;
              break;
            default:
              fail("a sample format that the floor does not keep");
          }
          result.first_channel.push_back(value);
        }
      }
    }
  }
  av_packet_free(&packet);
  av_frame_free(&frame);
  avcodec_free_context(&context);
  AVIOContext* io = format->pb;
  avformat_close_input(&format);
  av_freep(&io->buffer);
  avio_context_free(&io);
  result.milliseconds = milliseconds_since(start);
  return result;
}

double resample(const std::vector<float>& input, int from, int to) {
  const auto start = Clock::now();
  // Inside the timing, and not filled: touching fresh memory for the result is part of the work.
  const size_t capacity = static_cast<size_t>(static_cast<double>(input.size()) * to / from) + 1024;
  const auto output = std::make_unique_for_overwrite<float[]>(capacity);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  soxr_t soxr = soxr_create(from, to, 1, &error, &io, &quality, &runtime);
  if (error) fail(error);
  size_t done = 0;
  constexpr size_t kBlock = 16384;
  for (size_t at = 0; at <= input.size(); at += kBlock) {
    const size_t count = std::min(kBlock, input.size() - at);
    size_t used = 0;
    size_t made = 0;
    soxr_process(soxr, count ? input.data() + at : nullptr, count, &used, output.get() + done, capacity - done, &made);
    done += made;
  }
  size_t made = 0;
  soxr_process(soxr, nullptr, 0, nullptr, output.get() + done, capacity - done, &made);
  soxr_delete(soxr);
  return milliseconds_since(start);
}

void print_list(const char* name, const std::vector<double>& values) {
  std::printf("\"%s\":[", name);
  for (size_t i = 0; i < values.size(); ++i) std::printf("%s%.3f", i ? "," : "", values[i]);
  std::printf("],");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) fail("usage: cochlea_floor FILE OUTPUT_RATE ROUNDS");
  av_log_set_level(AV_LOG_QUIET);
  std::ifstream file(argv[1], std::ios::binary);
  Bytes bytes{{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}, 0};
  const int output_rate = std::atoi(argv[2]);
  const int rounds = std::atoi(argv[3]);
  const Decoded kept = decode(bytes, true);
  std::vector<double> decode_times;
  std::vector<double> resample_times;
  for (int round = 0; round < rounds; ++round) {
    decode_times.push_back(decode(bytes, false).milliseconds);
    resample_times.push_back(kept.rate == output_rate ? 0 : resample(kept.first_channel, kept.rate, output_rate));
  }
  std::printf("{");
  print_list("decode", decode_times);
  print_list("resample", resample_times);
  std::printf("\"frames\":%lld,\"rate\":%d}\n", static_cast<long long>(kept.frames), kept.rate);
}
