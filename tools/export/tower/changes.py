"""Mistakes that a tower could have, each as a context in which it has it: fixtures must show every one of them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from unittest.mock import patch

import torch
from torch import nn


def changes(tower) -> Iterator[tuple[str, AbstractContextManager]]:
    encoder = tower.encoder
    positions = encoder.embed_positions.weight
    yield "no positions", _replaced(encoder, embed_positions=_embedding(torch.zeros_like(positions)))
    yield "positions reversed", _replaced(encoder, embed_positions=_embedding(positions.flip(0)))
    yield "scores not scaled", _together(patch.object(layer.self_attn, "scaling", 1.0) for layer in encoder.layers)
    if hasattr(encoder, "avg_pooler"):
        yield "no mask", _masks(encoder, lambda _mask: None)
        yield "one key too many", _masks(encoder, lambda mask: torch.cat((mask[..., :1], mask[..., :-1]), -1))
        yield "norm before pooling", _replaced(encoder, avg_pooler=_NormThenPool(encoder), layer_norm=nn.Identity())


def _embedding(weights: torch.Tensor) -> nn.Embedding:
    return nn.Embedding.from_pretrained(weights)


def _replaced(encoder: nn.Module, **modules: nn.Module) -> AbstractContextManager:
    return _together(patch.object(encoder, name, module) for name, module in modules.items())


def _masks(encoder: nn.Module, change: Callable) -> AbstractContextManager:
    def wrong(layer: nn.Module) -> Callable:
        return lambda hidden, mask, **rest: type(layer).forward(layer, hidden, change(mask), **rest)

    return _together(patch.object(layer, "forward", wrong(layer)) for layer in encoder.layers)


@contextmanager
def _together(patches) -> Iterator[None]:
    with ExitStack() as stack:
        for each in patches:
            stack.enter_context(each)
        yield


class _NormThenPool(nn.Module):
    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.norm, self.pool = encoder.layer_norm, encoder.avg_pooler

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.pool(self.norm(hidden.transpose(1, 2)).transpose(1, 2))
