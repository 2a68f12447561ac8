"""The part of cochlea.json that is about transcribing."""

from pathlib import Path

from tower.descriptor import sha256

from . import vad
from .settings import TOKENIZER
from .whisper import Whisper


def descriptor(whisper: Whisper, folder: Path, variants: dict[str, dict[str, list[Path]]], parity: dict[str, dict], has_vad: bool) -> dict:
    """`variants` has the files of each model, the model first, of each precision."""
    size, settings = whisper.size, whisper.settings
    return {
        "format": 1,
        "layers": size.layers,
        "heads": size.heads,
        "headSize": size.head_size,
        "vocabulary": size.vocabulary,
        "positions": size.positions,
        "multilingual": settings.multilingual,
        "suppressTokens": settings.suppress,
        "beginSuppressTokens": settings.begin_suppress,
        "maxInitialTimestamp": settings.latest_start,
        "alignmentHeads": whisper.alignment_heads(),
        "tokenizer": _file(folder / TOKENIZER),
        **({"vad": _file(folder / vad.FILE)} if has_vad else {}),
        "variants": {precision: _variant(models) for precision, models in variants.items()},
        "parity": parity,
    }


def _variant(models: dict[str, list[Path]]) -> dict:
    files = (file for written in models.values() for file in written)
    return {**{name: written[0].name for name, written in models.items()}, "files": {file.name: sha256(file) for file in files}}


def _file(path: Path) -> dict:
    return {"file": path.name, "sha256": sha256(path)}
