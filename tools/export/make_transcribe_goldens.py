"""Makes test/fixtures/transcribe: what openai-whisper, Hugging Face's tokenizers and Silero's VAD make of small inputs.

    python3 -m venv ~/.cache/cochlea-transcribe
    ~/.cache/cochlea-transcribe/bin/pip install -r tools/export/requirements-transcribe.txt
    ~/.cache/cochlea-transcribe/bin/python tools/export/make_transcribe_goldens.py

`tokenizer.json` is a small tokenizer in the form of Whisper's; all other files are explained where they are made.
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

from transcribe.texts import random_text
from transcribe.tokenizer import of_whisper, text_only, train

FOLDER = Path(__file__).resolve().parents[2] / "test/fixtures/transcribe"


def write(name: str, **golden) -> None:
    oracles = {package: version(package) for package in ("openai-whisper", "tokenizers")}
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


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    make_tokens()


if __name__ == "__main__":
    main()
