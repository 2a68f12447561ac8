"""openai-whisper's own `transcribe` over a model that says what a script says: its loop over windows is the oracle."""

import importlib
import random
from types import SimpleNamespace

import numpy as np
import torch
import whisper.timing
from whisper.decoding import DecodingResult

from .texts import SENTENCES

# `whisper.transcribe` is the function of that name.
transcribing = importlib.import_module("whisper.transcribe")

TEMPERATURES = (0.0, 0.2, 0.4)


class ScriptedModel:
    """Says random tokens in the order of Whisper's rules, and keeps what it said."""

    device = torch.device("cpu")
    is_multilingual = True
    num_languages = 100
    dims = SimpleNamespace(n_mels=80, n_audio_ctx=1500, n_text_ctx=448)

    def __init__(self, rng: random.Random, tokenizer, frames: int):
        self.rng = rng
        self.tokenizer = tokenizer
        self.frames = frames
        self.results = []

    def decode(self, mel, options) -> DecodingResult:
        rng = self.rng
        tokens = self.tokens()
        likely = rng.random() < 0.6
        result = DecodingResult(
            audio_features=None,
            language="en",
            tokens=tokens,
            text="",
            avg_logprob=round(rng.uniform(-0.9, -0.1) if likely else rng.uniform(-2, -0.8), 3),
            no_speech_prob=round(rng.random() ** 2, 3),
            temperature=options.temperature,
            compression_ratio=round(rng.uniform(0.5, 2.0 if likely else 3.0), 3),
        )
        self.results.append(result)
        return result

    def text(self) -> list[int]:
        rng = self.rng
        if rng.random() < 0.1:
            return self.tokenizer.encode(rng.choice([" ", "\n", "\x85 ", "\u3000"]))
        words = rng.choice(SENTENCES).split()
        text = " " + " ".join(words[: rng.randrange(1, 8)])
        return self.tokenizer.encode(rng.choice([text, text, text + ".", ' "' + text[1:] + '"', " -" + text]))

    def tokens(self) -> list[int]:
        rng = self.rng
        begin, last = self.tokenizer.timestamp_begin, rng.choice([1500, 1500, 700])
        kind = rng.random()
        if kind < 0.07:
            return []
        if kind < 0.17:
            return self.text()
        at = rng.choice([0, 0, rng.randrange(100)])
        tokens = []
        while at < last and rng.random() < 0.8:
            end = min(last, at + rng.choice([0, 1, *range(20, 400, 60)]))
            tokens += [begin + at, *self.text(), begin + end]
            at = min(last, end + rng.choice([0, 0, 0, 30]))
        # A segment that is not finished, of which only the first timestamp is there.
        if not tokens or rng.random() < 0.4:
            tokens += [begin + at, *self.text()]
        return tokens


def scripted_alignment(rng: random.Random, kept: list):
    """Random times of words: most short, some with a pause in them, some with no length."""

    def find_alignment(model, tokenizer, text_tokens, mel, num_frames, **_):
        words, word_tokens = tokenizer.split_to_word_tokens(text_tokens + [tokenizer.eot])
        if len(word_tokens) <= 1:
            kept.append([])
            return []
        limit = num_frames // 2
        steps = [rng.choice([0, 5, 10, 12, 20, 30, rng.randrange(150)]) for _ in word_tokens]
        times = np.minimum(np.cumsum(steps), limit) / 50
        timings = [
            whisper.timing.WordTiming(word, tokens, times[i], times[i + 1], round(rng.random(), 3))
            for i, (word, tokens) in enumerate(zip(words[:-1], word_tokens[:-1]))
        ]
        kept.append([[t.word, t.tokens, float(t.start), float(t.end), t.probability] for t in timings])
        return timings

    return find_alignment


def run(seed: int, tokenizer, seconds: float, words: bool) -> dict:
    """What the model said, what was aligned, and the segments that the reference makes of them."""
    rng = random.Random(seed)
    model = ScriptedModel(rng, tokenizer, round(seconds * 100))
    alignments = []
    transcribing.get_tokenizer = lambda *_, **__: tokenizer
    whisper.timing.find_alignment = scripted_alignment(rng, alignments)
    audio = np.zeros(round(seconds * 16_000), dtype=np.float32)
    made = transcribing.transcribe(model, audio, language="en", fp16=False, temperature=TEMPERATURES, word_timestamps=words)
    results = [[r.tokens, r.temperature, r.avg_logprob, r.compression_ratio, r.no_speech_prob] for r in model.results]
    segments = [
        {
            "id": s["id"], "seek": s["seek"], "start": float(s["start"]), "end": float(s["end"]),
            "text": s["text"], "tokens": s["tokens"], "temperature": s["temperature"], "avgLogprob": s["avg_logprob"],
            "compressionRatio": s["compression_ratio"], "noSpeechProb": s["no_speech_prob"],
            **({"words": [{**w, "start": float(w["start"]), "end": float(w["end"])} for w in s["words"]]} if words else {}),
        }
        for s in made["segments"]
    ]
    return {"seconds": seconds, "words": words, "results": results, "alignments": alignments, "segments": segments, "text": made["text"]}
