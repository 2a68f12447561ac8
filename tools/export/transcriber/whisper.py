"""Whisper of a checkpoint: the weights of its decoder, its sizes, and transformers' own model, which says what is right."""

from pathlib import Path

import torch
from transformers import WhisperForConditionalGeneration

from tower.checkpoint import load_into
from tower.errors import ExportError
from tower.whisper import Tower

from .settings import Settings
from .size import Size
from .weights import Weights

#: What the graphs are written for; all models of OpenAI have it.
_EXPECTED = {"activation_function": "gelu", "scale_embedding": False, "tie_word_embeddings": True}


class Whisper:
    def __init__(self, tower: Tower, settings: Settings) -> None:
        """With the weights that `tower` has, and random ones for the decoder."""
        config = tower.encoder.config
        self.tower, self.settings = tower, settings
        self.model = WhisperForConditionalGeneration(config).eval()
        self.model.model.encoder = tower.encoder
        self.start, self.end = config.decoder_start_token_id, config.eos_token_id
        self.size = Size(
            layers=config.decoder_layers,
            heads=config.decoder_attention_heads,
            width=config.d_model,
            vocabulary=config.vocab_size,
            positions=config.max_target_positions,
            audio_positions=config.max_source_positions,
        )

    @staticmethod
    def load(folder: Path) -> "Whisper":
        settings = Settings.load(folder)
        tower = Tower.load(folder)
        for name, value in _EXPECTED.items():
            found = getattr(tower.encoder.config, name)
            if found != value:
                raise ExportError(f"config.json of {folder} has {name} {found!r}, where Whisper has {value!r}: its decoder cannot be "
                                  f"written. --encoder-only writes the encoder alone")
        whisper = Whisper(tower, settings)
        load_into(whisper.decoder, folder, r"^(model\.)?decoder\.")
        whisper.model.tie_weights()
        return whisper

    @property
    def decoder(self) -> torch.nn.Module:
        return self.model.model.decoder

    def weights(self) -> Weights:
        return Weights({name: tensor.numpy() for name, tensor in self.decoder.state_dict().items()})

    def alignment_heads(self) -> list[list[int]]:
        """Without any in generation_config.json those of the upper half of the layers, as OpenAI's code has it."""
        if self.settings.alignment_heads:
            return self.settings.alignment_heads
        return [[layer, head] for layer in range(self.size.layers // 2, self.size.layers) for head in range(self.size.heads)]

    def likely(self, features: torch.Tensor, count: int) -> list[int]:
        """The tokens that the model itself finds most likely one after the other, but for the end of the text."""
        tokens, cache = [self.start], None
        while len(tokens) < count:
            inputs = torch.tensor([tokens[-1:]])
            result = self.model(encoder_outputs=(features,), decoder_input_ids=inputs, past_key_values=cache, use_cache=True)
            cache, logits = result.past_key_values, result.logits[0, -1]
            logits[self.end] = -torch.inf
            tokens.append(int(logits.argmax()))
        return tokens

    def reference(self, features: torch.Tensor, tokens: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Of [1, 1500, D]: logits [tokens, vocabulary], and the weights [alignmentHeads, tokens, 1500] of cross-attention."""
        result = self.model(encoder_outputs=(features,), decoder_input_ids=torch.tensor([tokens]), output_attentions=True)
        weights = [result.cross_attentions[layer][0, head] for layer, head in self.alignment_heads()]
        return result.logits[0], torch.stack(weights)
