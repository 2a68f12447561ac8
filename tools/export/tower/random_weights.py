"""Random weights under which every part of a tower shows in its output.

With the usual small weights attention is uniform, and the output hardly depends on masks or positions.
"""

import numpy as np
import torch


@torch.no_grad()
def randomise(module: torch.nn.Module, seed: int) -> None:
    generator = np.random.default_rng(seed)
    for name, parameter in module.named_parameters():
        values = generator.standard_normal(tuple(parameter.shape))
        parameter.copy_(torch.from_numpy(values * _scale(name, parameter) + _mean(name)))


def _scale(name: str, parameter: torch.nn.Parameter) -> float:
    if name.endswith("bias") or "layer_norm" in name:
        return 0.1
    if "embed_positions" in name:
        return 0.5
    fan_in = parameter[0].numel()
    return fan_in**-0.5


def _mean(name: str) -> float:
    return 1.0 if "layer_norm" in name and name.endswith("weight") else 0.0
