"""int8: the large linear layers of an encoder multiply integers of 8 bits, on processors with VNNI two to four times as fast as float32.

Note [Rows of integers]: the encoder multiplies 1500 tokens by each matrix, so its time is that of the multiplication. ONNX Runtime is
fastest with unsigned activations times signed weights (MatMulIntegerToFloat), which it has for processors only. Each token has a scale
of its own, found as the model runs, and each column of the matrix has one: a product of integers is then exact, and a token is the same in
any batch. One scale for all tokens would be quicker still, but massive activations (Note [Massive activations]) take it for themselves: Whisper
tiny.en is then off by 9 %. Blocks of 64 values with scales of their own (MatMulNBits, which the decoder has) are as exact as this, and
take 2 to 4 times as long.

Within a token the large channels take the range from the small ones. What a norm gives can be balanced (SmoothQuant, Xiao et al. 2023,
https://arxiv.org/abs/2211.10438): its channels are divided by what the matrix's rows are multiplied by, so that neither side has all of
the range. Without it Whisper base is 5.7 % off over the clips of the parity. The values of the attention and its output matrix stay in
float32: they are a sixth of the work. Without the values tiny.en is 3.1 % off in place of 2.6 %, base 3.3 % in place of 2.8 %.
"""

import copy
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from .frontend import features_of, mixed_clips

#: An input that is zero would have the scale 0, by which nothing divides.
LEAST = 1e-9
#: GELU gives no less than this.
_GELU_LEAST = -0.17
#: What zero becomes behind GELU: nearly all of the range is for what is positive.
_GELU_ZERO = 16
#: What zero becomes elsewhere.
ZERO = 128


def in_eight_bits(graph: nn.Module, mels: int) -> nn.Module:
    """A copy. See Note [Rows of integers]."""
    graph = copy.deepcopy(graph)
    magnitudes = _magnitudes(graph, mels)
    for norm, integers, floats in _groups(graph.encoder):
        _balance(norm, integers, floats, magnitudes[norm])
    for layer in graph.encoder.layers:
        attention = layer.self_attn
        for name in ("q_proj", "k_proj"):
            setattr(attention, name, _Rows(getattr(attention, name)))
        layer.fc1 = _Rows(layer.fc1)
        layer.fc2 = _Rows(layer.fc2, behind_gelu=True)
    return graph


def columns_in_eight_bits(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`weight` [out, in] as PyTorch has it → integers [in, out], and the scale of each of their columns."""
    scale = np.maximum(np.abs(weight).max(1), np.float32(LEAST)) / np.float32(127)
    return np.ascontiguousarray(np.round(weight / scale[:, None]).astype(np.int8).T), scale


def _groups(encoder: nn.Module) -> Iterator[tuple[nn.LayerNorm, list[nn.Linear], list[nn.Linear]]]:
    """Norms, and what multiplies their output: as integers, and in float32."""
    for layer in encoder.layers:
        attention = layer.self_attn
        yield layer.self_attn_layer_norm, [attention.q_proj, attention.k_proj], [attention.v_proj]
        yield layer.final_layer_norm, [layer.fc1], []


def _magnitudes(graph: nn.Module, mels: int) -> dict[nn.LayerNorm, torch.Tensor]:
    """How large each channel is that a norm gives, in 99 of 100 tokens of each clip of the parity."""
    magnitudes = {norm: torch.zeros(norm.weight.shape) for norm, *_ in _groups(graph.encoder)}

    def note(norm: nn.LayerNorm, _inputs: tuple, output: torch.Tensor) -> None:
        magnitudes[norm] = torch.maximum(magnitudes[norm], output.abs().flatten(0, -2).quantile(0.99, 0))

    hooks = [norm.register_forward_hook(note) for norm in magnitudes]
    features, mask = features_of(mixed_clips(), mels)
    with torch.no_grad():
        # One by one: a large encoder takes hundreds of megabytes for each.
        for clip in range(len(features)):
            graph(torch.from_numpy(features[clip : clip + 1]), torch.from_numpy(mask[clip : clip + 1]))
    for hook in hooks:
        hook.remove()
    return magnitudes


@torch.no_grad()
def _balance(norm: nn.LayerNorm, integers: list[nn.Linear], floats: list[nn.Linear], activations: torch.Tensor) -> None:
    weights = torch.cat([linear.weight for linear in integers]).abs().amax(0)
    factor = (activations.clamp(min=1e-5) / weights.clamp(min=1e-5)).sqrt()
    norm.weight.div_(factor)
    norm.bias.div_(factor)
    for linear in (*integers, *floats):
        linear.weight.mul_(factor)


class _Rows(nn.Module):
    """A linear layer whose tokens, and the columns of its matrix, are integers with a scale each."""

    def __init__(self, linear: nn.Linear, behind_gelu: bool = False) -> None:
        super().__init__()
        integers, scale = columns_in_eight_bits(linear.weight.detach().numpy())
        zero = _GELU_ZERO if behind_gelu else ZERO
        self.behind_gelu, self.bias = behind_gelu, linear.bias
        for name, value in (("integers", torch.from_numpy(integers)), ("scale", torch.from_numpy(scale)), ("one", torch.ones(()))):
            self.register_buffer(name, value)
        self.register_buffer("zero", torch.tensor(zero, dtype=torch.uint8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = x.reshape(-1, x.shape[-1])
        # For each token: the axis of QuantizeLinear must have a zero for each.
        scale = self._scales(tokens)
        zeros = self.zero.expand(scale.shape)
        quantised = _operator("QuantizeLinear", [tokens, scale, zeros], torch.uint8, tokens.shape, 13, axis=0)
        inputs = [quantised, self.integers, self.one, self.scale, self.zero]
        shape = (tokens.shape[0], self.integers.shape[1])
        product = _operator("com.microsoft::MatMulIntegerToFloat", inputs, torch.float32, shape, 1) * scale[:, None]
        product = product.reshape(*x.shape[:-1], -1)
        return product if self.bias is None else product + self.bias

    def _scales(self, tokens: torch.Tensor) -> torch.Tensor:
        if self.behind_gelu:
            return (tokens.amax(-1) / (255 - _GELU_ZERO)).clamp(min=-_GELU_LEAST / _GELU_ZERO)
        return (tokens.abs().amax(-1) / 127).clamp(min=LEAST)


def _operator(name: str, inputs: list[torch.Tensor], dtype: torch.dtype, shape: tuple, version: int, **attributes) -> torch.Tensor:
    return torch.onnx.ops.symbolic(name, inputs, attributes, dtype=dtype, shape=shape, version=version)
