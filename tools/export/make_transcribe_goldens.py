"""Makes test/fixtures/transcribe: what openai-whisper, Hugging Face's tokenizers and Silero's VAD make of small inputs.

    python3 -m venv ~/.cache/cochlea-transcribe
    ~/.cache/cochlea-transcribe/bin/pip install -r tools/export/requirements-transcribe.txt
    ~/.cache/cochlea-transcribe/bin/python tools/export/make_transcribe_goldens.py

`tokenizer.json` is a small tokenizer in the form of Whisper's; all other files are explained where they are made.
"""

import base64
import json
import random
from importlib.metadata import version
from pathlib import Path

from oracles.alignment import align, filtered, noise, warped
from oracles.loop import run
from oracles.texts import SENTENCES, random_text
from oracles.tokenizer import of_whisper, text_only, train
from oracles.vad import network, probabilities, regions, swelling
from whisper.utils import compression_ratio

FOLDER = Path(__file__).resolve().parents[2] / "test/fixtures/transcribe"


def write(name: str, **golden) -> None:
    oracles = {package: version(package) for package in ("openai-whisper", "tokenizers", "silero-vad")}
    text = json.dumps({"oracles": oracles, **golden}, separators=(",", ":"))
    (FOLDER / name).write_text(text + "\n", newline="")


def make_tokens() -> None:
    """`encodings`: [text, ids], and back. `cuts`: [ids from anywhere, their text].
    `words`: the ids, a language, and [word, ids] of each word.
    """
    rng = random.Random(17)
    tokenizer = train(800)
    (FOLDER / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n")
    reader = text_only(tokenizer.to_str())
    encodings, cuts, words = [], [], []
    for _ in range(300):
        text = random_text(rng)
        ids = reader.encode(text).ids
        assert reader.decode(ids) == text
        encodings.append([text, ids])
    end = tokenizer.token_to_id("<|endoftext|>")
    for _ in range(100):
        ids = [rng.randrange(end) for _ in range(rng.randrange(12))]
        cuts.append([ids, reader.decode(ids)])
    for i in range(120):
        language = ["en", "fr", "zh", "ja", "th", "my", "yue", None][i % 8]
        ids = reader.encode(random_text(rng)).ids
        if i % 3 == 0:
            ids = [rng.randrange(end) for _ in range(rng.randrange(12))]
        if i % 5 == 0:
            ids = [end + len(tokenizer.get_added_tokens_decoder()) + 3, *ids, end - 1, end + 4]
        ids = [*ids, end]
        try:
            split = of_whisper(tokenizer, language).split_to_word_tokens(ids)
        except IndexError:
            # The reference looks behind the end of the whole text, where a cut character is the last one.
            continue
        words.append([ids, language, [list(word) for word in zip(*split)]])
    write("tokens.json", encodings=encodings, cuts=cuts, words=words)


def make_windows() -> None:
    """`transcripts`: of a recording of `seconds`, [tokens, temperature, average log-probability, compression ratio,
    probability of no speech] of each call of the model, [word, tokens, start, end, probability] of each alignment, and
    the segments. `ratios`: [text, its compression ratio].
    """
    tokenizer = of_whisper(train(800), "en")
    lengths = [3, 29.9, 30, 30.1, 45.67, 100, 200]
    transcripts = [run(10 * i + words, tokenizer, seconds, bool(words)) for i, seconds in enumerate(lengths) for words in (0, 1)]
    texts = ["", "a", "ha " * 50, " ".join(SENTENCES), SENTENCES[0], SENTENCES[15] * 6]
    write("windows.json", transcripts=transcripts, ratios=[[text, compression_ratio(text)] for text in texts])


def make_words() -> None:
    """`alignments`: see alignment.py. `paths`: ways through matrices of noise. `filters`: medians of noise."""
    trained = train(800)
    english, japanese = of_whisper(trained, "en"), of_whisper(trained, "ja")
    alignments = [
        align(1, english, english.encode(" The fox doesn't mind."), 60, 120),
        align(2, english, english.encode(' "Hello," they said... (it is late).'), 100, 140),
        align(3, japanese, japanese.encode("今日は、天気"), 80, 121),
        align(4, english, english.encode(" dog"), 30, 8),
        align(5, english, [*english.encode(" naïve"), english.encode("👋")[0]], 50, 100),
    ]
    paths = [warped(*shape) for shape in [(1, 1), (1, 9), (7, 1), (5, 9), (9, 5), (448, 1500)]]
    write("words.json", alignments=alignments, paths=paths, filters=[filtered(count) for count in (1, 3, 4, 5, 40)])


def make_speech() -> None:
    """`vad.onnx`: a small network in place of Silero's. `probabilities`: what it makes of `samples` samples, float32,
    base64. `regions`: see vad.py.
    """
    model = network()
    (FOLDER / "vad.onnx").write_bytes(model.SerializeToString())
    audio = swelling(noise(600_000))
    made = base64.b64encode(probabilities(model, audio).astype("<f4").tobytes()).decode()
    write("speech.json", samples=len(audio), probabilities=made, regions=[regions(seed) for seed in range(20)])


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    make_tokens()
    make_words()
    make_windows()
    make_speech()


if __name__ == "__main__":
    main()
