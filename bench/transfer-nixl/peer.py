"""NIXL by its own Python interface, as transfer-nixl.mjs asks; lines of JSON come on standard input and go to descriptor 3.

serve SIZE: registers SIZE bytes, and tells {"metadata": base64, "address"}; ends with its input.
read SIZE: for each {"metadata", "address"} the milliseconds of a read, polled without a pause.
"""

import base64
import json
import sys
import time

import torch
from nixl._api import nixl_agent, nixl_agent_config


def serve(agent, buffer, answers):
    metadata = base64.b64encode(agent.get_agent_metadata()).decode()
    print(json.dumps({"metadata": metadata, "address": buffer.data_ptr()}), file=answers)
    sys.stdin.read()


def read(agent, buffer, answers):
    here = agent.get_xfer_descs([(buffer.data_ptr(), buffer.numel(), 0)], mem_type="cpu")
    peers = {}
    for line in iter(sys.stdin.readline, ""):
        job = json.loads(line)
        metadata = job["metadata"]
        if metadata not in peers:
            peers[metadata] = agent.add_remote_agent(base64.b64decode(metadata))
        start = time.perf_counter()
        there = agent.get_xfer_descs([(job["address"], buffer.numel(), 0)], mem_type="cpu")
        handle = agent.initialize_xfer("READ", here, there, peers[metadata], b"")
        state = agent.transfer(handle)
        while state == "PROC":
            state = agent.check_xfer_state(handle)
        milliseconds = (time.perf_counter() - start) * 1000
        agent.release_xfer_handle(handle)
        print(json.dumps({"milliseconds": milliseconds, "state": state}), file=answers)


role, size = sys.argv[1], int(sys.argv[2])
own = nixl_agent(f"{role}-{time.time_ns()}", nixl_agent_config(backends=["UCX"]))
memory = torch.ones(size, dtype=torch.int8)
own.register_memory(memory)
with open(3, "w", buffering=1) as answers:
    {"serve": serve, "read": read}[role](own, memory, answers)
