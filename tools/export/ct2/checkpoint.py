"""Writes a checkpoint of transformers: weights, configuration, tokenizer, and the settings of generation."""

import json
import re
import shutil
from pathlib import Path

import torch
from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

from tower.checkpoint import read_json
from tower.errors import ExportError

from .model_file import ModelFile
from .weights import Weights

_SPECIFICATION = ("WhisperSpec", 3)
#: OpenAI's DecodingOptions.max_initial_timestamp is one second; a timestamp counts 20 ms.
_LATEST_START = 50


def convert(source: Path, output: Path) -> None:
    weights = Weights(ModelFile(source / "model.bin", *_SPECIFICATION))
    special = _special_tokens(source)
    model = WhisperForConditionalGeneration(_config(weights, special)).eval()
    _fill(model, weights)
    model.generation_config = _generation(model.config, special, read_json(source, "config.json"))
    output.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(output)
    WhisperFeatureExtractor(feature_size=model.config.num_mel_bins).save_pretrained(output)
    _write_tokenizer(source, output)


def _special_tokens(source: Path) -> dict[str, int]:
    try:
        return {token["content"]: token["id"] for token in read_json(source, "tokenizer.json")["added_tokens"]}
    except (KeyError, TypeError) as error:
        raise ExportError(f"{source / 'tokenizer.json'} has no added_tokens with content and id: take the tokenizer.json of the "
                          f"model that was converted") from error


def _id(special: dict[str, int], name: str) -> int:
    if name not in special:
        raise ExportError(f"tokenizer.json has no {name}: take the tokenizer.json of the Whisper that was converted")
    return special[name]


def _config(weights: Weights, special: dict[str, int]) -> WhisperConfig:
    tensors = weights.tensors
    width, mels, _ = tensors["model.encoder.conv1.weight"].shape
    end = _id(special, "<|endoftext|>")
    return WhisperConfig(
        vocab_size=len(tensors["model.decoder.embed_tokens.weight"]),
        num_mel_bins=mels,
        d_model=width,
        encoder_layers=weights.layers["encoder"],
        decoder_layers=weights.layers["decoder"],
        encoder_attention_heads=weights.heads["encoder"],
        decoder_attention_heads=weights.heads["decoder"],
        encoder_ffn_dim=len(tensors["model.encoder.layers.0.fc1.weight"]),
        decoder_ffn_dim=len(tensors["model.decoder.layers.0.fc1.weight"]),
        max_source_positions=len(tensors["model.encoder.embed_positions.weight"]),
        max_target_positions=len(tensors["model.decoder.embed_positions.weight"]),
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        decoder_start_token_id=_id(special, "<|startoftranscript|>"),
    )


def _fill(model: WhisperForConditionalGeneration, weights: Weights) -> None:
    try:
        found = model.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in weights.tensors.items()}, strict=False)
    except RuntimeError as error:
        raise ExportError(f"model.bin is not a whole Whisper: {error}") from error
    # The projection, which the model shares with the embeddings.
    if found.unexpected_keys or set(found.missing_keys) - {"proj_out.weight"}:
        raise ExportError(f"model.bin is not a whole Whisper: it lacks {found.missing_keys}, and has {found.unexpected_keys} besides")
    model.tie_weights()


def _generation(config: WhisperConfig, special: dict[str, int], settings: dict) -> GenerationConfig:
    """`settings` is CTranslate2's config.json, which holds what OpenAI's code says for each model."""
    # English models have 51864 tokens; the first multilingual ones 51865.
    multilingual = config.vocab_size > 51_864
    languages = {}
    if multilingual:
        ids = set(settings.get("lang_ids", []))
        languages = {
            "lang_to_id": {name: number for name, number in special.items() if number in ids and re.fullmatch(r"<\|\w+\|>", name)},
            "task_to_id": {task: _id(special, f"<|{task}|>") for task in ("transcribe", "translate")},
        }
    return GenerationConfig(
        bos_token_id=config.bos_token_id,
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
        decoder_start_token_id=config.decoder_start_token_id,
        max_length=config.max_target_positions,
        is_multilingual=multilingual,
        prev_sot_token_id=_id(special, "<|startofprev|>"),
        no_timestamps_token_id=_id(special, "<|notimestamps|>"),
        max_initial_timestamp_index=_LATEST_START,
        return_timestamps=False,
        suppress_tokens=settings.get("suppress_ids"),
        begin_suppress_tokens=settings.get("suppress_ids_begin"),
        alignment_heads=settings.get("alignment_heads"),
        **languages,
    )


def _write_tokenizer(source: Path, output: Path) -> None:
    shutil.copyfile(source / "tokenizer.json", output / "tokenizer.json")
    end = dict.fromkeys(("bos_token", "eos_token", "pad_token", "unk_token"), "<|endoftext|>")
    text = json.dumps({"tokenizer_class": "WhisperTokenizer", **end}, indent=2)
    (output / "tokenizer_config.json").write_text(f"{text}\n")
