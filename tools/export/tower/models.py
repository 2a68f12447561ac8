"""Writes ONNX models: fp32 and fp16 from PyTorch, int8 from fp32."""

import logging
import tempfile
import warnings
from pathlib import Path

import onnx_ir
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from .layers import in_half_precision

#: In the order in which they are made.
MODEL_FILES = {"fp32": "model.onnx", "fp16": "model.fp16.onnx", "int8": "model.int8.onnx"}

#: All that the graphs use is in 18, LayerNormalization included; the older, the more providers run it whole.
_OPSET = 18
_IR_VERSION = 10
_FRAMES = 3000
#: A protobuf holds at most 2 GiB; the weights of larger models have a file of their own.
_LARGEST_SINGLE_FILE = 1_500_000_000


def write_model(tower, folder: Path, precision: str) -> list[Path]:
    """The files written, the model first."""
    path = folder / MODEL_FILES[precision]
    data = path.with_name(f"{path.name}.data")
    data.unlink(missing_ok=True)
    if precision == "int8":
        _write_int8(tower, path)
    else:
        _write_float(tower.graph(), tower.mels, path, half=precision == "fp16")
    return [path, data] if data.exists() else [path]


def _write_float(graph: torch.nn.Module, mels: int, path: Path, half: bool) -> None:
    if half:
        graph = in_half_precision(graph)
    size = sum(tensor.numel() * tensor.element_size() for tensor in graph.parameters())
    program = _trace(graph, mels)
    _forget_origin(program.model)
    program.model.ir_version = min(program.model.ir_version, _IR_VERSION)
    program.save(path, external_data=size > _LARGEST_SINGLE_FILE)


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


def _write_int8(tower, path: Path) -> None:
    """The matrices of all linear layers as 8-bit integers, of a scale per column; the activations' scales are found as it runs.

    Unsigned: products of unsigned and signed bytes overflow on x86 processors without VNNI, with ten times the error.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        source = Path(scratch) / "model.onnx"
        _write_float(tower.graph(), tower.mels, source, half=False)
        root = logging.getLogger()
        level = root.level
        root.setLevel(logging.ERROR)
        quantize_dynamic(source, path, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QUInt8)
        root.setLevel(level)
