#!/usr/bin/env bash
# Installs Node binaries from npm into build/runtimes and prints their paths, one per line.
#
#   tools/runtimes.sh PLATFORM-ARCH VERSION...    such as linux-x64 20 22
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1
shift
for version in "$@"; do
  folder=build/runtimes/$target-$version
  if [[ ! -x $folder/node_modules/node-$target/bin/node ]]; then
    # --force, for npm refuses what this machine cannot run itself.
    npm install --silent --no-save --ignore-scripts --no-audit --no-fund --force --prefix "$folder" "node-$target@$version"
  fi
  echo "$PWD/$folder/node_modules/node-$target/bin/node"
done
