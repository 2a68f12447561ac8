"""Compares Cochlea's tokenizer with Hugging Face's, on random texts of many scripts.

    python tools/export/compare_tokenizer.py TOKENIZER_JSON [--count 10000] [--seed 0]

Needs requirements-transcribe.txt, and `npm run build:ts`.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

from oracles.texts import random_text
from oracles.tokenizer import text_only

ROOT = Path(__file__).resolve().parents[2]

COCHLEA = """
const { readFileSync } = require('node:fs');
const { WhisperTokenizer } = require('./dist/transcribe/tokenizer/tokenizer.js');
const started = performance.now();
const tokenizer = WhisperTokenizer.parse(readFileSync(process.argv[1], 'utf8'), process.argv[1]);
const parsed = performance.now();
const { texts, cuts } = JSON.parse(readFileSync(0, 'utf8'));
const encoding = performance.now();
const ids = texts.map((text) => tokenizer.encode(text));
const encoded = performance.now();
const milliseconds = { parse: parsed - started, encode: encoded - encoding };
console.log(JSON.stringify({ ids, texts: cuts.map((cut) => tokenizer.decode(cut)), milliseconds }));
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    reader = text_only(arguments.tokenizer.read_text())
    texts = [random_text(rng) for _ in range(arguments.count)]
    end = min(50_000, reader.get_vocab_size())
    cuts = [[rng.randrange(end) for _ in range(rng.randrange(20))] for _ in range(arguments.count)]
    command = ["node", "-e", COCHLEA, str(arguments.tokenizer.resolve())]
    answer = subprocess.run(command, cwd=ROOT, input=json.dumps({"texts": texts, "cuts": cuts}), text=True, check=True, stdout=subprocess.PIPE)
    made = json.loads(answer.stdout)
    wrong = [text for text, ids in zip(texts, made["ids"]) if reader.encode(text).ids != ids]
    other = [cut for cut, text in zip(cuts, made["texts"]) if reader.decode(cut) != text]
    for difference in [*wrong, *other][:10]:
        print(f"differs: {difference!r}")
    print(f"{len(texts)} texts, {sum(map(len, texts))} characters: {len(wrong)} encoded and {len(other)} decoded otherwise; {made['milliseconds']}")
    sys.exit(bool(wrong or other))


if __name__ == "__main__":
    main()
