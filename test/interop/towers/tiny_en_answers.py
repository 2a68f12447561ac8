"""What PyTorch and CTranslate2 make of clips with Whisper tiny.en: the answers that the tests compare with.

    PYTHONPATH=PACKAGES python tiny_en_answers.py CT2_FOLDER CHECKPOINT OUTPUT CLIP.f32...

Clips are float32 samples of 16 kHz. OUTPUT gets the encoder's output in float64, [clips, 1500, 384]. A line of JSON says
for each clip how far CTranslate2's encoder is from PyTorch's, and the tokens that both decoders choose, one at a time,
with the texts that the checkpoint's tokenizer and CTranslate2's vocabulary have for them.
"""

import json
import sys
from pathlib import Path
from unittest.mock import patch

import ctranslate2
import numpy as np
import torch
from transformers import AutoTokenizer, WhisperFeatureExtractor, WhisperForConditionalGeneration


def main() -> None:
    source, checkpoint, output, *clips = map(Path, sys.argv[1:])
    model = WhisperForConditionalGeneration.from_pretrained(checkpoint).eval()
    other = ctranslate2.models.Whisper(str(source), device="cpu", compute_type="float32")
    features = [_features(checkpoint, clip) for clip in clips]
    tokens = [_tokens(model, each) for each in features]
    model.double()
    with torch.no_grad():
        encoded = [model.model.encoder(torch.from_numpy(each).double()).last_hidden_state.numpy() for each in features]
    np.concatenate(encoded).astype("<f8").tofile(output)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    texts = [tokenizer.decode(each) for each in tokens]
    print(json.dumps([_compare(other, *clip) for clip in zip(features, encoded, tokens, texts)]))


def _features(checkpoint: Path, clip: Path) -> np.ndarray:
    # In float64, as it computes without torch.
    with patch("transformers.models.whisper.feature_extraction_whisper.is_torch_available", return_value=False):
        extractor = WhisperFeatureExtractor.from_pretrained(checkpoint)
        return extractor(np.fromfile(clip, "<f4"), sampling_rate=16_000, return_tensors="np")["input_features"].astype(np.float32)


def _tokens(model: WhisperForConditionalGeneration, features: np.ndarray) -> list[int]:
    with torch.no_grad():
        tokens = model.generate(torch.from_numpy(features), do_sample=False, num_beams=1)[0].tolist()
    # Without the markers, which come after all words.
    return [token for token in tokens if token < model.config.eos_token_id]


def _compare(other: ctranslate2.models.Whisper, features: np.ndarray, encoded: np.ndarray, tokens: list[int], text: str) -> dict:
    view = ctranslate2.StorageView.from_array(features)
    made = np.array(other.encode(view))
    result = other.generate(view, [["<|startoftranscript|>", "<|notimestamps|>"]], beam_size=1)[0]
    return {
        "relativeL2": float(np.linalg.norm(made - encoded) / np.linalg.norm(encoded)),
        "tokens": tokens,
        "ctranslate2Tokens": result.sequences_ids[0],
        "text": text,
        "ctranslate2Text": "".join(result.sequences[0]).replace("Ġ", " "),
    }


if __name__ == "__main__":
    main()
