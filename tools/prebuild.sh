#!/usr/bin/env bash
# Builds the addon that the package carries for Linux with glibc, for this processor or another one, into
# prebuilds/. What a developer has built in build/ stays as it is.
#
#   tools/prebuild.sh [x64 | arm64]
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:-$(node -p process.arch)}

case $arch in
  "$(node -p process.arch)") tools/setup.sh ;;
  arm64) tools/setup.sh --arm64 ;;
  *)
    echo "tools/prebuild.sh: there is no cross compiler set up for '$arch': x64 or arm64" >&2
    exit 1
    ;;
esac

# prebuildify calls its node-gyp in this folder and takes the addon out of it.
folder=build/prebuild-$arch
mkdir -p "$folder"
node_modules/.bin/prebuildify --napi --tag-libc glibc --name cochlea --target 20.19.0 \
  --platform linux --arch "$arch" --cwd "$folder" --out . --node-gyp "$PWD/native/cmake/build.mjs"
