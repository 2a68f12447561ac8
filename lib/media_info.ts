/** Facts about a source, and about what went wrong with it. */

/** One audio stream of a container. */
export interface AudioStreamInfo {
  /** Position among all streams of the container, as ffprobe counts them, except pictures and attachments. */
  readonly index: number;
  /** FFmpeg's codec name: `mp3`, `pcm_s16le`. */
  readonly codec: string;
  /** For example `HE-AAC`; `null` when the codec has none. */
  readonly profile: string | null;
  /** Hz. */
  readonly sampleRate: number;
  /** Number of channels. */
  readonly channels: number;
  /** FFmpeg's layout description: `mono`, `stereo`, `5.1(side)`. */
  readonly channelLayout: string;
  /** Bits per second; `null` when unknown. */
  readonly bitRate: number | null;
  /** Whether this build can decode it: there is a decoder, and the stream is not encrypted. */
  readonly decodable: boolean;
}

/** Facts about a source, from its headers. */
export interface MediaInfo extends AudioStreamInfo {
  /** FFmpeg's demuxer name: `wav`, `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
  /** Seconds, as the header states or FFmpeg estimates it; `null` when unknown. The decoded duration often differs. */
  readonly duration: number | null;
  /** Size of the source in bytes; `null` for a stream, whose end is not known. */
  readonly size: number | null;
  /**
   * Where a stream was collected before decoding, because its container is read from the end (an MP4 whose index
   * follows the samples): in `memory`, or in a temporary `file` if it is large. `null` if it was decoded while it
   * arrived, and for sources that are not streams.
   */
  readonly collected: 'memory' | 'file' | null;
  /** All audio streams; the fields above describe the one that is decoded. */
  readonly streams: readonly AudioStreamInfo[];
}

/**
 * Damage that was found in the source, and how it was handled. All fields are zero, false or empty for a clean source.
 */
export interface Damage {
  /** Packets that were skipped, concealed by the codec, or cut short. */
  readonly packets: number;
  /** NaN and infinite samples replaced by zero (`nonFinite: 'zero'`). */
  readonly nonFinite: number;
  /** Whether the source ended, or could not be parsed further, before its stated end. */
  readonly truncated: boolean;
  /** The first messages of the demuxer and decoder, at most 16. */
  readonly messages: readonly string[];
}
