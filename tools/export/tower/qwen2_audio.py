"""Qwen2-Audio: the encoder of Whisper with masked keys, pooled in pairs, and a projector to the language model's width."""

from pathlib import Path

import torch
from torch import nn
from transformers import Qwen2AudioConfig, Qwen2AudioEncoder, Qwen2AudioEncoderConfig, Qwen2Config
from transformers.models.qwen2_audio.modeling_qwen2_audio import Qwen2AudioModel, Qwen2AudioMultiModalProjector

from .checkpoint import check_type, load_into, read_json
from .frontend import check_preprocessor
from .layers import embed, run_layers
from .random_weights import randomise

#: Finite, so that a row without a valid key is no NaN; representable in half precision, with room for the score it is
#: added to; and e^-30000 is 0 beside any score.
_MASKED = -30_000.0


class Tower:
    architecture = "qwen2-audio"

    def __init__(self, config: Qwen2AudioConfig, source: str) -> None:
        self.source = source
        self.config = config
        self.mels = config.audio_config.num_mel_bins
        self.positions = config.audio_config.max_source_positions
        self.tokens = self.positions // 2
        self.dimension = config.text_config.hidden_size
        # Written out as MatMul and Softmax, which every provider of ONNX Runtime has and fuses as it can.
        config.audio_config._attn_implementation = "eager"
        self.encoder = Qwen2AudioEncoder(config.audio_config).eval()
        self.projector = Qwen2AudioMultiModalProjector(config).eval()
        self.parts = (self.encoder, self.projector)

    @staticmethod
    def load(folder: Path) -> "Tower":
        check_type(folder, "qwen2_audio", "Qwen2-Audio")
        config = Qwen2AudioConfig.from_dict(read_json(folder, "config.json"))
        check_preprocessor(folder, config.audio_config.num_mel_bins)
        tower = Tower(config, folder.resolve().name)
        # Since its version 5 transformers nests both in `model.`; published checkpoints do not.
        load_into(tower.encoder, folder, r"^(model\.)?audio_tower\.")
        load_into(tower.projector, folder, r"^(model\.)?multi_modal_projector\.")
        return tower

    @staticmethod
    def random(mels: int, layers: int, d_model: int, heads: int, ffn: int, projection: int, seed: int) -> "Tower":
        encoder = Qwen2AudioEncoderConfig(num_mel_bins=mels, encoder_layers=layers, d_model=d_model,
                                          encoder_attention_heads=heads, encoder_ffn_dim=ffn)
        config = Qwen2AudioConfig(audio_config=encoder.to_dict(), text_config={"model_type": "qwen2", "hidden_size": projection})
        tower = Tower(config, f"random, seed {seed}")
        randomise(tower.encoder, seed)
        randomise(tower.projector, seed + 1)
        return tower

    def graph(self) -> nn.Module:
        return Graph(self.encoder, self.projector)

    def reference(self, input_features: torch.Tensor, feature_attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What transformers' whole model makes of the audio, up to the language model, which is a stand-in of its width.

        Run with a prompt of as many audio tokens as there must be, of which the model itself checks the number.
        """
        words = {"vocab_size": 2, "num_hidden_layers": 0, "intermediate_size": 1, "num_attention_heads": 1, "num_key_value_heads": 1}
        text = Qwen2Config(hidden_size=self.dimension, **words).to_dict()
        model = Qwen2AudioModel(Qwen2AudioConfig(audio_config=self.encoder.config.to_dict(), text_config=text, audio_token_index=1)).eval()
        # The stand-in must be of the tower's type, which parity makes float64.
        model.to(self.encoder.conv1.weight.dtype)
        model.audio_tower, model.multi_modal_projector = self.encoder, self.projector
        features = []
        hook = self.projector.register_forward_hook(lambda _module, _inputs, output: features.append(output))
        _, lengths = self.encoder._get_feat_extract_output_lengths(feature_attention_mask.sum(-1))
        prompt = (torch.arange(self.tokens + 1) < lengths[:, None]).long()
        try:
            with torch.no_grad():
                model(input_ids=prompt, attention_mask=torch.ones_like(prompt), input_features=input_features,
                      feature_attention_mask=feature_attention_mask)
        finally:
            hook.remove()
        return features[0], lengths


class Graph(nn.Module):
    def __init__(self, encoder: Qwen2AudioEncoder, projector: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = projector

    def forward(self, input_features: torch.Tensor, feature_attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        encoder = self.encoder
        positions, tokens = _lengths(feature_attention_mask.sum(-1))
        hidden = embed(encoder, input_features)
        absent = (torch.arange(hidden.shape[1]) >= positions[:, None]) * _MASKED
        hidden = run_layers(encoder, hidden, absent[:, None, None, :])
        pooled = encoder.avg_pooler(hidden.transpose(1, 2)).transpose(1, 2)
        return self.projector(encoder.layer_norm(pooled)), tokens


def _lengths(frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions after the convolutions, and tokens after the pooling.

    The reference says (m - 1) // 2 + 1 and (L - 2) // 2 + 1, with Python's floor; these are equal to it, and never
    divide a negative number, for which ONNX's division differs.
    """
    positions = torch.div(frames + 1, 2, rounding_mode="trunc")
    return positions, torch.div(positions, 2, rounding_mode="trunc")
