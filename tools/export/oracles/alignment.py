"""openai-whisper's own `find_alignment` over a model that only has cross-attention, and its `dtw`."""

import base64
import random
from types import SimpleNamespace

import numpy as np
import torch
import whisper.timing


class CrossAttention(torch.nn.Module):
    def forward(self, queries):
        return None, queries


class AttentiveModel:
    """Two layers with three heads, of which two layers' heads 0 and 2 are named. The logits are random, too."""

    device = torch.device("cpu")
    dims = SimpleNamespace(n_text_layer=2)

    def __init__(self, tokens: int, frames: int, vocabulary: int, generator: torch.Generator):
        self.blocks = [SimpleNamespace(cross_attn=CrossAttention()) for _ in range(2)]
        self.decoder = SimpleNamespace(blocks=self.blocks)
        heads = torch.zeros(2, 3, dtype=torch.bool)
        heads[0, 0] = heads[1, 2] = True
        self.alignment_heads = heads.to_sparse()
        # A ridge along the diagonal, as attention has, among noise.
        ridge = (torch.arange(tokens)[:, None] / tokens - torch.arange(frames)[None, :] / frames).abs() * -20
        self.scores = ridge + 2 * torch.randn(2, 3, tokens, frames, generator=generator)
        self.logits = torch.randn(1, tokens, vocabulary, generator=generator) * 3

    def __call__(self, mel, tokens):
        for block, scores in zip(self.blocks, self.scores):
            block.cross_attn(scores[None])
        return self.logits


def align(seed: int, tokenizer, text_tokens: list[int], frames: int, num_frames: int) -> dict:
    """`weights`: float32, base64, [heads, tokens, frames], the softmax over all frames."""
    tokens = len(tokenizer.sot_sequence) + len(text_tokens) + 2
    model = AttentiveModel(tokens, frames, tokenizer.timestamp_begin, torch.Generator().manual_seed(seed))
    timings = whisper.timing.find_alignment(model, tokenizer, text_tokens, torch.zeros(80, 3000), num_frames)
    weights = torch.stack([model.scores[0, 0], model.scores[1, 2]]).softmax(dim=-1)
    probabilities = model.logits[0, len(tokenizer.sot_sequence) :, : tokenizer.eot].softmax(dim=-1)
    return {
        "language": tokenizer.language,
        "startLength": len(tokenizer.sot_sequence),
        "textTokens": text_tokens,
        "probabilities": probabilities[np.arange(len(text_tokens)), text_tokens].tolist(),
        "frames": frames,
        "segmentFrames": num_frames,
        "weights": base64.b64encode(weights.numpy().astype("<f4").tobytes()).decode(),
        "words": [[t.word, t.tokens, float(t.start), float(t.end), float(t.probability)] for t in timings],
    }


def noise(count: int) -> np.ndarray:
    """The same in the test: a linear congruential generator, from 0 up to 1."""
    state, values = 1, np.empty(count, dtype=np.float32)
    for i in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        values[i] = state / 2**31
    return values


def warped(rows: int, columns: int) -> dict:
    """For each row of a matrix of noise, the column in which the path enters it; and its medians of 7, summed."""
    matrix = noise(rows * columns).reshape(rows, columns)
    text, times = whisper.timing.dtw(torch.from_numpy(matrix))
    starts = times[np.pad(np.diff(text), (1, 0), constant_values=1).astype(bool)]
    return {"rows": rows, "columns": columns, "starts": starts.tolist()}


def filtered(count: int) -> dict:
    values = torch.from_numpy(noise(count))
    medians = whisper.timing.median_filter(values[None, None], 7)[0, 0]
    return {"count": count, "medians": medians.tolist()}
