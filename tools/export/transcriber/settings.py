"""What a checkpoint says about its tokens: generation_config.json and tokenizer.json."""

from dataclasses import dataclass
from pathlib import Path

from tower.checkpoint import read_json
from tower.errors import ExportError

_GENERATION = "generation_config.json"
TOKENIZER = "tokenizer.json"
#: OpenAI's DecodingOptions.max_initial_timestamp is one second; a timestamp counts 20 ms.
_LATEST_START = 50
#: The vocabulary of the first multilingual models; those for English have one token less.
_MULTILINGUAL = 51_865


@dataclass(frozen=True)
class Settings:
    folder: Path
    multilingual: bool
    suppress: list[int]
    begin_suppress: list[int]
    #: The first timestamp may be at most so many steps of 20 ms.
    latest_start: int
    #: [layer, head] of each; empty where the checkpoint has none.
    alignment_heads: list[list[int]]

    @staticmethod
    def load(folder: Path) -> "Settings":
        _need(folder, _GENERATION, "It says which tokens are suppressed, and which heads align words. Copy it from the model that this "
                                   "one was tuned from: openai/whisper-* on Hugging Face have it")
        _need(folder, TOKENIZER, "Write it with transformers: AutoTokenizer.from_pretrained(folder).save_pretrained(folder). It needs "
                                 "vocab.json and merges.txt; where they are missing, copy tokenizer.json from the model that this one "
                                 "was tuned from")
        config, generation = read_json(folder, "config.json"), read_json(folder, _GENERATION)
        vocabulary = config.get("vocab_size", 0)
        heads = generation.get("alignment_heads") or []
        settings = Settings(
            folder=folder,
            multilingual=generation.get("is_multilingual", vocabulary >= _MULTILINGUAL),
            suppress=generation.get("suppress_tokens") or [],
            begin_suppress=generation.get("begin_suppress_tokens") or [],
            latest_start=generation.get("max_initial_timestamp_index", _LATEST_START),
            alignment_heads=heads,
        )
        settings._check(config, vocabulary)
        return settings

    def _check(self, config: dict, vocabulary: int) -> None:
        for name, tokens in (("suppress_tokens", self.suppress), ("begin_suppress_tokens", self.begin_suppress)):
            if wrong := [token for token in tokens if not _is_below(token, vocabulary)]:
                self._fail(f"{name} has {wrong[0]!r}, and the vocabulary ends at {vocabulary - 1}")
        if not _is_below(self.latest_start, vocabulary):
            self._fail(f"max_initial_timestamp_index is {self.latest_start!r}")
        limits = [config.get("decoder_layers", 0), config.get("decoder_attention_heads", 0)]
        for pair in self.alignment_heads:
            if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_below, pair, limits)):
                self._fail(f"alignment_heads has {pair!r}, and the decoder has {limits[0]} layers of {limits[1]} heads")

    def _fail(self, why: str) -> None:
        raise ExportError(f"{self.folder / _GENERATION} belongs to another model: {why}. Copy it from the model that this one was "
                          f"tuned from")


def _is_below(value: object, limit: int) -> bool:
    return type(value) is int and 0 <= value < limit


def _need(folder: Path, name: str, what_to_do: str) -> None:
    if not (folder / name).exists():
        raise ExportError(f"{folder / name} not found. {what_to_do}. Without it only the encoder can be written: --encoder-only")
