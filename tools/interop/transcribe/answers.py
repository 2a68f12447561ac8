"""What transformers and CTranslate2 make of each clip of one window: the tokens that our decoder must choose.

    PYTHONPATH=PACKAGES python answers.py CLIPS CHECKPOINT CT2_FOLDER OUTPUT.json

Both decode greedily, in float32, from the same features, which WhisperFeatureExtractor computes in float64. OUTPUT has for
each clip, with and without timestamps, the tokens behind the prompt and before the end of text:
`{"model", "clips": [{"name", "timestamps", "prompt", "transformers", "ctranslate2"}, …]}`.
"""

import json
import sys
import wave
from pathlib import Path
from unittest.mock import patch

import ctranslate2
import numpy as np
import torch
from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizerFast

_WINDOW = 30.0


def main() -> None:
    clips, checkpoint, source, output = map(Path, sys.argv[1:])
    asked = Asked(checkpoint, source)
    index = json.loads((clips / "clips.json").read_text())
    names = [clip["name"] for clip in index if clip["seconds"] <= _WINDOW]
    answers = [asked.answer(clips, name, timestamps) for name in names for timestamps in (False, True)]
    output.write_text(json.dumps({"model": checkpoint.name, "clips": answers}) + "\n")


class Asked:
    def __init__(self, checkpoint: Path, source: Path) -> None:
        # Steps are small: where other processes work beside this one, threads wait for each other.
        torch.set_num_threads(1)
        self._model = WhisperForConditionalGeneration.from_pretrained(checkpoint).eval()
        self._extractor = WhisperFeatureExtractor.from_pretrained(checkpoint)
        self._tokenizer = WhisperTokenizerFast.from_pretrained(checkpoint)
        self._other = ctranslate2.models.Whisper(str(source), device="cpu", compute_type="float32", intra_threads=1)

    def answer(self, clips: Path, name: str, timestamps: bool) -> dict:
        features = self._features(clips / f"{name}.wav")
        prompt = self._prompt(timestamps)
        return {
            "name": name,
            "timestamps": timestamps,
            "prompt": prompt,
            "transformers": self._transformers(features, prompt, timestamps),
            "ctranslate2": self._ctranslate2(features, prompt),
        }

    def _features(self, clip: Path) -> np.ndarray:
        # In float64, as it computes without torch.
        with patch("transformers.models.whisper.feature_extraction_whisper.is_torch_available", return_value=False):
            made = self._extractor(_samples(clip), sampling_rate=16_000, return_tensors="np")
        return made["input_features"].astype(np.float32)

    def _prompt(self, timestamps: bool) -> list[int]:
        names = ["<|startoftranscript|>"]
        if self._model.generation_config.is_multilingual:
            names += ["<|en|>", "<|transcribe|>"]
        if not timestamps:
            names.append("<|notimestamps|>")
        return self._tokenizer.convert_tokens_to_ids(names)

    def _transformers(self, features: np.ndarray, prompt: list[int], timestamps: bool) -> list[int]:
        language = {"language": "en", "task": "transcribe"} if self._model.generation_config.is_multilingual else {}
        with torch.no_grad():
            # Otherwise, with timestamps, it would decode what is behind the last one once more.
            made = self._model.generate(torch.from_numpy(features), do_sample=False, num_beams=1, return_timestamps=timestamps,
                                        return_dict_in_generate=True, force_unique_generate_call=True, **language)
        tokens = made.sequences[0].tolist()
        assert tokens[: len(prompt)] == prompt
        end = self._model.config.eos_token_id
        return tokens[len(prompt) : tokens.index(end) if end in tokens else None]

    def _ctranslate2(self, features: np.ndarray, prompt: list[int]) -> list[int]:
        view = ctranslate2.StorageView.from_array(features)
        return self._other.generate(view, [prompt], beam_size=1)[0].sequences_ids[0]


def _samples(clip: Path) -> np.ndarray:
    with wave.open(str(clip)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


if __name__ == "__main__":
    main()
