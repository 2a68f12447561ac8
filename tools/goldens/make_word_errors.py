"""Makes test/fixtures/word_errors.json: transcripts, and their word error rates by the Python package jiwer.

    python3 -m venv ~/.cache/cochlea-oracles
    ~/.cache/cochlea-oracles/bin/pip install -r tools/goldens/requirements.txt
    ~/.cache/cochlea-oracles/bin/python tools/goldens/make_word_errors.py
"""

import argparse
import json
import random
from pathlib import Path

import jiwer

_OUTPUT = Path(__file__).resolve().parent.parent.parent / "test" / "fixtures" / "word_errors.json"

_WORDS = "the boat sails home and a dog barks at the wind".split()
_PAIRS = [
    ("Hello, world!", "hello world"),
    ("It's “fine” — really.", "its fine really"),
    ("one two three", ""),
    ("one", "two three four five"),
    ("a b c d", "b c d a"),
    ("Über Straßen, naïve Café", "über straßen naïve cafe"),
    ("so\n many\tblanks", "so many blanks"),
]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    bare = jiwer.Compose(
        [
            jiwer.ToLowerCase(),
            jiwer.RemovePunctuation(),
            jiwer.RemoveWhiteSpace(replace_by_space=True),
            jiwer.RemoveMultipleSpaces(),
            jiwer.Strip(),
            jiwer.ReduceToListOfListOfWords(),
        ]
    )
    draw = random.Random(1)

    def some() -> str:
        return " ".join(draw.choice(_WORDS) for _ in range(draw.randint(1, 12)))

    pairs = _PAIRS + [(some(), some()) for _ in range(200)]
    rates = [
        {"reference": r, "transcript": t, "rate": jiwer.wer(r, t, reference_transform=bare, hypothesis_transform=bare)}
        for r, t in pairs
    ]
    _OUTPUT.write_text(json.dumps(rates, indent=0) + "\n")


if __name__ == "__main__":
    main()
