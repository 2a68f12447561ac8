"""Frames, positions and tokens of every clip from 0 to 480001 samples: test/goldens/tower/lengths.json.

    pip install torch transformers==5.18.0 && python tools/goldens/lengths.py

`runs` holds `[samples, frames, positions, tokens]` where one of them changes; each line holds up to the next.
Frames are the sum of the attention mask of WhisperFeatureExtractor: its mask of samples, every 160th of it, here for
all lengths at once, and compared with the extractor itself at some. Positions and tokens are what
Qwen2AudioEncoder says of so many frames: after the convolutions, and after the pooling.
"""

import json
import random
from pathlib import Path

import numpy as np
import torch
from transformers import Qwen2AudioEncoder, WhisperFeatureExtractor

LAST = 480_001


def main() -> None:
    extractor = WhisperFeatureExtractor(feature_size=128)
    places = np.arange(0, extractor.n_samples, extractor.hop_length)
    frames = np.searchsorted(places, np.arange(LAST + 1), side="left")
    chosen = {1, 159, 160, 161, 320, 321, 479_840, 479_841, 479_999, 480_000, 480_001}
    chosen |= set(random.Random(0).sample(range(1, LAST), 40))
    for samples in chosen:
        mask = extractor(np.zeros(samples, np.float32), sampling_rate=16_000, return_attention_mask=True)["attention_mask"]
        assert np.asarray(mask).sum() == frames[samples], samples
    positions, tokens = Qwen2AudioEncoder._get_feat_extract_output_lengths(None, torch.from_numpy(frames))
    table = np.stack([np.arange(LAST + 1), frames, positions, tokens], axis=1)
    changes = np.flatnonzero(np.any(np.diff(table[:, 1:], axis=0, prepend=-1) != 0, axis=1))
    path = Path(__file__).resolve().parents[2] / "test/goldens/tower/lengths.json"
    golden = {"transformers": "5.18.0", "last": LAST, "runs": table[changes].tolist()}
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
