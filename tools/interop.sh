#!/usr/bin/env bash
# Hands tensors and audio to programs that take ours in production, unmodified, and compares what they get:
#
#   tools/interop.sh           sets up what is missing, and runs test/interop
#   tools/interop.sh --setup   only sets up
#
# It installs servers and clients of OpenAI's audio routes: tools/interop/openai/setup.sh says which. It fetches real weights
# of a tower: tools/interop/towers/setup.sh says which. It makes speech, and has other transcribers listen to it:
# tools/interop/transcribe/setup.sh says which.
#
# It installs NVIDIA Dynamo's readers, which run without a GPU or an RDMA card, into a virtual environment in the cache:
# ai-dynamo and NIXL from PyPI, at these versions, without what they need elsewhere; PyTorch from Debian, which is 120 MB
# where PyPI's is 2 GB. About two minutes from nothing; no time when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${COCHLEA_CACHE:-$HOME/.cache/cochlea}/interop
python=$cache/venv/bin/python
# What one of them needs is named, too: pip would resolve it to something else tomorrow.
alone=(nixl==1.5.2 nixl-cu12==1.5.1 ai-dynamo==1.6.1 ai-dynamo-runtime==1.6.1)
beside=(pydantic==2.14.4 msgspec==0.22.0 uvloop==0.23.0 safetensors==0.8.0 xxhash==4.1.0)

stop() {
  printf 'cochlea: %s\n' "$*" >&2
  exit 1
}

install_torch() {
  /usr/bin/python3 -c 'import torch, venv, ensurepip' 2>/dev/null && return
  command -v apt-get >/dev/null || stop "PyTorch is needed for /usr/bin/python3, and this is not a Debian system"
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || stop "as root, run: apt-get install -y --no-install-recommends python3-torch python3-venv"
    as_root=(sudo)
  fi
  printf '==> Installing Debian packages: python3-torch python3-venv\n'
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends python3-torch python3-venv >/dev/null
}

install_readers() {
  # Written last, and what it was made from: an environment that is cut or of other versions is made anew.
  [[ $(cat "$cache/venv/.complete" 2>/dev/null) == "${alone[*]} ${beside[*]}" ]] && return
  printf '==> Installing %s\n' "${alone[*]}"
  rm -rf "$cache/venv"
  mkdir -p "$cache"
  /usr/bin/python3 -m venv --system-site-packages "$cache/venv"
  "$python" -m pip install -q --disable-pip-version-check --no-deps "${alone[@]}"
  # It complains of what the readers do not need here.
  "$python" -m pip install -q --disable-pip-version-check "${beside[@]}" 2>/dev/null
  printf '%s' "${alone[*]} ${beside[*]}" >"$cache/venv/.complete"
}

install_torch
install_readers
tools/interop/openai/setup.sh
tools/interop/towers/setup.sh
tools/interop/transcribe/setup.sh
[[ ${1:-} == --setup ]] || npx vitest run --config test/vitest.config.ts interop transfer/nixl
