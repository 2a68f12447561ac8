"""Writes ONNX models: fp32 and fp16 from PyTorch, int8 from fp32."""

import logging
import tempfile
import warnings
from pathlib import Path

import onnx_ir
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

from .layers import in_half_precision

# Importing the quantiser sets the root logger to INFO, and each library then reports every node.
logging.getLogger().setLevel(logging.WARNING)

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


#: Rows of a matrix that share a scale, and as many values of the activations, which are quantised as the model runs.
_BLOCK = 64
#: Of MatMulNBits: 4 multiplies integers of 8 bits; 0 would turn the matrix back into floats, at their speed.
_INTEGERS = 4


def _write_int8(tower, path: Path) -> None:
    """The matrices of all linear layers as 8-bit integers, by MatMulNBits of ONNX Runtime (com.microsoft).

    Every block of 64 values has a scale of its own, in the matrices and in each token's activations. Dynamic quantisation has
    one scale for all activations of a batch: one massive value takes it for itself (Note [Massive activations]), and the
    encoder of Whisper tiny.en is then off by 9 %, where blocks are off by 2 %.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        source = Path(scratch) / "model.onnx"
        _write_float(tower.graph(), tower.mels, source, half=False)
        quantizer = MatMulNBitsQuantizer(
            str(source), bits=8, block_size=_BLOCK, is_symmetric=False, accuracy_level=_INTEGERS, op_types_to_quantize=("MatMul",)
        )
        quantizer.process()
        quantizer.model.save_model_to_file(str(path), use_external_data_format=False)
