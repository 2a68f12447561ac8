"""Whisper: the encoder alone. It does not mask padding: the mask is an input only so that all towers have one contract."""

from pathlib import Path

import torch
from torch import nn
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from .checkpoint import check_type, load_into, read_json
from .frontend import check_preprocessor
from .layers import embed, run_layers
from .random_weights import randomise


class Tower:
    architecture = "whisper-encoder"

    def __init__(self, config: WhisperConfig, source: str) -> None:
        self.source = source
        self.mels = config.num_mel_bins
        self.tokens = config.max_source_positions
        self.dimension = config.d_model
        # Written out as MatMul and Softmax, which every provider of ONNX Runtime has and fuses as it can.
        config._attn_implementation = "eager"
        self.encoder = WhisperEncoder(config).eval()
        self.parts = (self.encoder,)

    @staticmethod
    def load(folder: Path) -> "Tower":
        check_type(folder, "whisper", "Whisper")
        config = WhisperConfig.from_dict(read_json(folder, "config.json"))
        check_preprocessor(folder, config.num_mel_bins)
        tower = Tower(config, folder.resolve().name)
        load_into(tower.encoder, folder, r"^(model\.)?encoder\.")
        return tower

    @staticmethod
    def random(mels: int, layers: int, d_model: int, heads: int, ffn: int, seed: int) -> "Tower":
        config = WhisperConfig(num_mel_bins=mels, encoder_layers=layers, d_model=d_model, encoder_attention_heads=heads,
                               encoder_ffn_dim=ffn)
        tower = Tower(config, f"random, seed {seed}")
        randomise(tower.encoder, seed)
        return tower

    def graph(self) -> nn.Module:
        return Graph(self.encoder)

    def reference(self, input_features: torch.Tensor, _feature_attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            features = self.encoder(input_features).last_hidden_state
        return features, torch.full(features.shape[:1], self.tokens)


class Graph(nn.Module):
    def __init__(self, encoder: WhisperEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_features: torch.Tensor, feature_attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = run_layers(self.encoder, embed(self.encoder, input_features), None)
        lengths = torch.full(feature_attention_mask.shape[:1], hidden.shape[1], dtype=torch.int64)
        return self.encoder.layer_norm(hidden), lengths
