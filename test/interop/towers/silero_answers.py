"""What silero_vad itself finds in a clip: its probabilities by the sequence model, and regions of speech.

    PYTHONPATH=PACKAGES python silero_answers.py CLIP.f32

The clip holds float32 samples of 16 kHz. A line of JSON has the probabilities, [start, end] of each region in samples with
the options of faster-whisper, and those with silero_vad's own.
"""

import json
import sys

import numpy as np
from silero_vad import load_silero_vad
from silero_vad.sequence_vad import get_speech_timestamps_sequence


def main() -> None:
    audio = np.fromfile(sys.argv[1], dtype="<f4")
    model = load_silero_vad(sequence=True)
    options = [{"min_speech_duration_ms": 0, "min_silence_duration_ms": 2000, "speech_pad_ms": 400}, {}]
    regions = [get_speech_timestamps_sequence(audio, model, **each) for each in options]
    found = [[[region["start"], region["end"]] for region in each] for each in regions]
    print(json.dumps({"probabilities": model.audio_forward(audio).tolist(), "regions": found}))


if __name__ == "__main__":
    main()
