#!/usr/bin/env bash
# Runs the tests of decoding against the package on 64-bit Arm, which qemu emulates: vitest stays on this
# machine, its workers are Arm's Node with the prebuilt addon. Expects what tools/prebuild.sh arm64 leaves.
#
#   tools/test-arm64.sh [WORD...]    test files whose path has one of the words; default decode/
set -euo pipefail
cd "$(dirname "$0")/.."
packed=build/packed-arm64
tools/packed.sh "$packed"
# The version that runs vitest, so that it and its workers speak the same dialect.
binary=$(tools/runtimes.sh linux-arm64 "$(node -p process.versions.node)")
node=$PWD/$packed/node-arm64
printf '#!/bin/sh\nexec qemu-aarch64 -L /usr/aarch64-linux-gnu "%s" "$@"\n' "$binary" >"$node"
chmod +x "$node"
cd "$packed"
COCHLEA_NODE=$node exec node node_modules/vitest/vitest.mjs run --config test/arm64.config.ts "${@:-decode/}"
