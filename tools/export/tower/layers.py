"""What the encoders of Whisper and Qwen2-Audio share, written out for graphs whose linear layers may be in half precision.

Note [Half precision]: fp16 models compute the linear layers and the attention in half precision, which are 99 % of
the work. The convolutions, the positions, the sum that runs through the layers, the norms and the projector stay in
float32: in half precision they would nearly double the error, and large activations would leave its range.
"""

import copy

import torch
from torch import nn


def embed(encoder: nn.Module, input_features: torch.Tensor) -> torch.Tensor:
    """[B, mels, 3000] → [B, 1500, width]: two convolutions, the second of stride 2, and the positions."""
    hidden = nn.functional.gelu(encoder.conv1(input_features))
    hidden = nn.functional.gelu(encoder.conv2(hidden))
    return hidden.transpose(1, 2) + encoder.embed_positions.weight


def run_layers(encoder: nn.Module, hidden: torch.Tensor, absent: torch.Tensor | None) -> torch.Tensor:
    """`absent` [B, 1, 1, keys] is added to the scores; the same for every head and every query, the padding's included."""
    for layer in encoder.layers:
        precision = layer.fc1.bias.dtype
        normed = layer.self_attn_layer_norm(hidden).to(precision)
        hidden = hidden + _attend(layer.self_attn, normed, absent).float()
        normed = layer.final_layer_norm(hidden).to(precision)
        hidden = hidden + layer.fc2(layer.activation_fn(layer.fc1(normed))).float()
    return hidden


def _attend(attention: nn.Module, normed: torch.Tensor, absent: torch.Tensor | None) -> torch.Tensor:
    """Without a mask in float32 as one operator of ONNX Runtime, which has no matrix of 1500 × 1500 scores for each head: the encoder
    of Whisper base takes 0.85 of the time, and 130 MB less. It has it for processors, CUDA and WebGPU.
    """
    if absent is not None or normed.dtype != torch.float32:
        return attention(normed, attention_mask=None if absent is None else absent.to(normed.dtype))[0]
    parts = [attention.q_proj(normed), attention.k_proj(normed), attention.v_proj(normed)]
    attended = torch.onnx.ops.symbolic(
        "com.microsoft::MultiHeadAttention", parts, {"num_heads": attention.num_heads}, dtype=normed.dtype, shape=normed.shape, version=1
    )
    return attention.out_proj(attended)


def in_half_precision(graph: nn.Module) -> nn.Module:
    """A copy. See Note [Half precision]."""
    graph = copy.deepcopy(graph)
    for layer in graph.encoder.layers:
        for module in layer.modules():
            if isinstance(module, nn.Linear):
                module.half()
    return graph
