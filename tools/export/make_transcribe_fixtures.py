"""Makes test/fixtures/transcribe/small: a small Whisper of random weights, and what transformers makes of known audio with it.

    python3 -m venv ~/.cache/cochlea-export
    ~/.cache/cochlea-export/bin/pip install -r tools/export/requirements.txt
    ~/.cache/cochlea-export/bin/python tools/export/make_transcribe_fixtures.py

goldens.json says how to read it.
"""

import argparse
import copy
import json
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch

import make_transcribe_checkpoint as checkpoint
from tower.frontend import features_of
from tower.signals import KINDS, make, tone
from transcriber.export import write
from transcriber.whisper import Whisper

_FOLDER = Path(__file__).resolve().parent.parent.parent / "test" / "fixtures" / "transcribe" / "small"
_WIDTH = 16
_SEED = 3
_MOST_TOKENS = 60
#: float32 moves a logit by 3e-6: no step may be closer than this to another token.
_LEAST_MARGIN = 1e-4

_CLIPS = [
    {"kind": "noise", "samples": 480_000, "seed": 1},
    {"kind": "noise", "samples": 48_000, "seed": 2},
    tone(160_000, 440, 0.25),
    tone(320_000, 1500, 0.5),
    {"kind": "silence", "samples": 80_000},
    {"kind": "noise16", "samples": 240_000, "seed": 3},
    {"kind": "noise24", "samples": 112_000, "seed": 4},
    tone(478_400, 200, 0.9),
]
#: Tokens of text that went before.
_PROMPTS = ([40, 41, 42], list(range(100, 160)))


def cases() -> list[dict]:
    clips = range(len(_CLIPS))
    plain = [_case(clip, timestamps=timestamps) for timestamps in (False, True) for clip in clips]
    tasks = [
        _case(clip, language=language, task=task, timestamps=timestamps)
        for clip, language, task, timestamps in (
            (0, "de", "transcribe", True), (2, "fr", "translate", True), (3, "zh", "translate", False),
            (5, "es", "transcribe", False), (6, "zh", "transcribe", True), (7, "fr", "transcribe", False),
        )
    ]
    detected = [_case(clip, language=None, timestamps=True) for clip in (1, 4, 7)]
    prompted = [_case(clip, prompt=prompt, timestamps=timestamps) for prompt in _PROMPTS for clip, timestamps in ((0, True), (6, False))]
    return plain + tasks + detected + prompted


def _case(clip: int, **settings) -> dict:
    return {"clip": clip, "language": "en", "task": "transcribe", "prompt": [], **settings}


_ABOUT = (
    "Made by tools/export/make_transcribe_fixtures.py. Each clip is a signal of one of `kinds`, 16 kHz, which is padded to one window; "
    "its features are those of WhisperFeatureExtractor in float64, and transformers' model ran in float64. A case is one call of "
    "`generate` with force_unique_generate_call, which is greedy and sees one window once: `prefix` is what the decoder was given "
    "(`prompt` in it, after startofprev; language null was detected), `tokens` what it wrote, at most `mostTokens`, with the end of the "
    "text if it came. `logprob` is the sum of the tokens' log-probabilities after suppression and the rules of timestamps, `margin` the "
    "least distance between the best and the second best logit. `windows` has of each clip the probabilities of the languages among "
    "themselves, and of nospeech among all tokens, after startoftranscript alone."
)


class Reference:
    def __init__(self, whisper: Whisper, generation) -> None:
        self._whisper = whisper
        self._model = whisper.model.double()
        self._model.generation_config = generation
        self._features = torch.from_numpy(features_of([make(recipe) for recipe in _CLIPS], whisper.tower.mels)[0]).double()

    @torch.no_grad()
    def window(self, clip: int) -> dict:
        generation = self._model.generation_config
        tokens = torch.tensor([[self._whisper.start]])
        logits = self._model(input_features=self._features[clip : clip + 1], decoder_input_ids=tokens).logits[0, 0]
        ids = {name.strip("<|>"): number for name, number in generation.lang_to_id.items()}
        among = torch.softmax(logits[list(ids.values())], -1)
        # Of Whisper's special tokens it stands before notimestamps.
        no_speech = torch.softmax(logits, -1)[generation.no_timestamps_token_id - 1]
        return {"languages": dict(zip(ids, map(_short, among))), "noSpeech": _short(no_speech)}

    @torch.no_grad()
    def case(self, case: dict) -> dict:
        generation = copy.deepcopy(self._model.generation_config)
        generation.output_scores = generation.return_dict_in_generate = True
        generation.max_length = None
        prompt = torch.tensor([generation.prev_sot_token_id, *case["prompt"]]) if case["prompt"] else None
        result = self._model.generate(
            self._features[case["clip"] : case["clip"] + 1],
            generation_config=generation,
            language=case["language"],
            task=case["task"],
            return_timestamps=case["timestamps"],
            prompt_ids=prompt,
            max_new_tokens=_MOST_TOKENS,
            force_unique_generate_call=True,
            return_dict_in_generate=True,
        )
        scores = torch.stack([step.reshape(-1) for step in result.scores]).double()
        sequence = result.sequences[0].tolist()
        prefix, tokens = sequence[: -len(scores)], sequence[-len(scores) :]
        best = scores.topk(2).values
        assert scores.argmax(-1).tolist() == tokens, "generate was not greedy"
        margin = float((best[:, 0] - best[:, 1]).min())
        logprob = torch.log_softmax(scores, -1)[torch.arange(len(tokens)), torch.tensor(tokens)].sum()
        return {**case, "prefix": prefix, "tokens": tokens, "logprob": _short(logprob), "margin": _short(margin)}


def _short(value: float) -> float:
    return float(f"{float(value):.7g}")


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    shutil.rmtree(_FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / f"random, seed {_SEED}"
        generation = checkpoint.write(source, _WIDTH, _SEED).generation_config
        whisper = Whisper.load(source)
        write(whisper, _FOLDER, ["fp32", "int8"], None)
    reference = Reference(whisper, generation)
    made = [reference.case(case) for case in cases()]
    for case in made:
        assert case["margin"] > _LEAST_MARGIN, f"{case} is decided by rounding: take another signal"
    lengths = [len(case["tokens"]) for case in made]
    different = len({tuple(case["tokens"]) for case in made})
    assert different > len(made) / 2 and min(lengths) < _MOST_TOKENS / 2, "the model says the same of everything: take another seed"
    text = {
        "about": _ABOUT,
        "made": {package: version(package).partition("+")[0] for package in ("transformers", "torch")},
        "kinds": KINDS,
        "mostTokens": _MOST_TOKENS,
        "clips": _CLIPS,
        "windows": [reference.window(clip) for clip in range(len(_CLIPS))],
        "cases": made,
    }
    (_FOLDER / "goldens.json").write_text(json.dumps(text, indent=1) + "\n")
    print(f"{len(made)} cases, {min(lengths)} to {max(lengths)} tokens, {different} different")


if __name__ == "__main__":
    main()
