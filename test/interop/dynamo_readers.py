"""Receives tensors with the readers of ai-dynamo, unmodified: tools/interop.sh installs what it needs.

Lines of JSON on standard input: {"reader": "local" | "nixl-read" | "nixl-write" | "nixl-connect", "request": a
TransferRequest}. For each a line on the file descriptor 3, since NIXL logs to standard output: {"shape", "dtype",
"digest", "milliseconds"}, or {"error"}. The digest is XXH3-64 of the elements.
"""

import asyncio
import importlib.util
import json
import os
import sys
import time

import dynamo
import torch
import xxhash

MODULE = "common/multimodal/embedding_transfer.py"
PATIENCE = 60  # seconds


def load_readers():
    # By its file: the package around it imports what only a GPU host has.
    [path] = [file for base in dynamo.__path__ if os.path.exists(file := os.path.join(base, MODULE))]
    spec = importlib.util.spec_from_file_location("embedding_transfer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Connect:
    """`nixl_connect` itself, as Dynamo's prefill workers use it."""

    def __init__(self):
        import dynamo.nixl_connect as nixl_connect

        self.nixl_connect = nixl_connect
        self.connector = nixl_connect.Connector()

    async def receive_embeddings(self, request):
        metadata = self.nixl_connect.RdmaMetadata.model_validate(request.serialized_request)
        tensor = torch.empty(request.embeddings_shape, dtype=getattr(torch, request.embedding_dtype_str))
        operation = await self.connector.begin_read(metadata, self.nixl_connect.Descriptor(tensor))
        await operation.wait_for_completion()
        return None, tensor

    def release_tensor(self, _):
        pass


def digest(tensor):
    # As numbers of the same width, which NumPy has.
    width = {2: torch.int16, 4: torch.int32}[tensor.element_size()]
    return xxhash.xxh3_64_hexdigest(tensor.contiguous().view(width).numpy())


async def receive(reader, request):
    start = time.perf_counter()
    number, tensor = await asyncio.wait_for(reader.receive_embeddings(request), PATIENCE)
    milliseconds = (time.perf_counter() - start) * 1000
    answer = {
        "shape": list(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "digest": digest(tensor),
        "milliseconds": milliseconds,
    }
    reader.release_tensor(number)
    return answer


async def main():
    module = load_readers()
    make = {
        "local": module.LocalEmbeddingReceiver,
        "nixl-read": lambda: module.NixlReadEmbeddingReceiver(max_items=0),
        "nixl-write": lambda: module.NixlWriteEmbeddingReceiver(buffer_size=256 * 1024**2),
        "nixl-connect": Connect,
    }
    readers = {}
    loop = asyncio.get_running_loop()
    with open(3, "w", buffering=1) as answers:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            job = json.loads(line)
            try:
                name = job["reader"]
                readers[name] = readers.get(name) or make[name]()
                answer = await receive(readers[name], module.TransferRequest.model_validate(job["request"]))
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), file=answers)


asyncio.run(main())
