"""What faster-whisper makes of the dialogue and the hard cases: faster_whisper_answers.py CLIPS CT2_FOLDER OUTPUT.json

OUTPUT has for each of them, in int8 and in float32, with and without its filter of voice activity, segments and words:
`{"model", "clips": [{"name", "precision", "vad", "text", "segments", "words"}, …]}`. Times are seconds.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment

_KEPT = ("id", "seek", "start", "end", "text", "tokens", "avg_logprob", "compression_ratio", "no_speech_prob", "temperature")


def main() -> None:
    clips, source, output = map(Path, sys.argv[1:])
    index = json.loads((clips / "clips.json").read_text())
    names = [clip["name"] for clip in index if clip["kind"] != "clip"]
    answers = []
    for precision in ("float32", "int8"):
        model = WhisperModel(str(source), device="cpu", compute_type=precision, cpu_threads=1)
        answers += [_answer(model, clips / f"{name}.wav", precision, vad) for name in names for vad in (False, True)]
    output.write_text(json.dumps({"model": source.name, "clips": answers}) + "\n")


def _answer(model: WhisperModel, clip: Path, precision: str, vad: bool) -> dict:
    segments, _ = model.transcribe(str(clip), language="en", beam_size=1, word_timestamps=True, vad_filter=vad)
    segments = list(segments)
    return {
        "name": clip.stem,
        "precision": precision,
        "vad": vad,
        "text": "".join(segment.text for segment in segments).strip(),
        "segments": [{name: getattr(segment, name) for name in _KEPT} for segment in segments],
        "words": [word for segment in segments for word in _words(segment)],
    }


def _words(segment: Segment) -> list[dict]:
    return [asdict(word) for word in segment.words or []]


if __name__ == "__main__":
    main()
