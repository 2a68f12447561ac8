"""Writes the ONNX models of a tower."""

import logging
import warnings
from pathlib import Path

import onnx_ir
import torch

from .eight_bits import in_eight_bits
from .layers import in_half_precision

#: In the order in which they are made.
MODEL_FILES = {"fp32": "model.onnx", "fp16": "model.fp16.onnx", "int8": "model.int8.onnx"}

#: The first that has Gelu: written out, it takes a twelfth of the time of an encoder more.
_OPSET = 20
_IR_VERSION = 10
_FRAMES = 3000
#: A protobuf holds at most 2 GiB; the weights of larger models have a file of their own.
_LARGEST_SINGLE_FILE = 1_500_000_000


def write_model(tower, folder: Path, precision: str) -> list[Path]:
    """The files written, the model first."""
    path = folder / MODEL_FILES[precision]
    data = path.with_name(f"{path.name}.data")
    data.unlink(missing_ok=True)
    graph = tower.graph()
    if precision == "fp16":
        graph = in_half_precision(graph)
    if precision == "int8":
        graph = in_eight_bits(graph, tower.mels)
    size = sum(tensor.numel() * tensor.element_size() for tensor in (*graph.parameters(), *graph.buffers()))
    program = _trace(graph, tower.mels)
    _forget_origin(program.model)
    program.model.ir_version = min(program.model.ir_version, _IR_VERSION)
    program.save(path, external_data=size > _LARGEST_SINGLE_FILE)
    return [path, data] if data.exists() else [path]


def _trace(graph: torch.nn.Module, mels: int) -> torch.onnx.ONNXProgram:
    # Two clips: torch takes an axis of one for a constant.
    example = (torch.zeros(2, mels, _FRAMES), torch.ones(2, _FRAMES, dtype=torch.int64))
    batch = {0: torch.export.Dim("batch")}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        return torch.onnx.export(
            graph,
            example,
            dynamo=True,
            opset_version=_OPSET,
            dynamic_shapes=(batch, batch),
            input_names=["input_features", "feature_attention_mask"],
            output_names=["audio_features", "audio_feature_lengths"],
            verbose=False,
        )


def _forget_origin(model: onnx_ir.Model) -> None:
    """Drops the stack traces that torch leaves in every node: paths of this machine, and half of a small file."""
    for node in model.graph.all_nodes():
        node.metadata_props.clear()
        node.doc_string = None
    for value in (*model.graph.inputs, *model.graph.outputs, *model.graph.initializers.values()):
        value.metadata_props.clear()
    model.graph.metadata_props.clear()
    model.metadata_props.clear()
