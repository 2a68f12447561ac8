#!/usr/bin/env bash
# Unpacks the npm package, with what is in prebuilds/, into a folder in build/, and puts the tests beside
# it: their paths then lead to the package instead of the checkout, and its addon is the prebuilt one, for
# there is no other.
#
#   tools/packed.sh build/NAME
set -euo pipefail
cd "$(dirname "$0")/.."
packed=$1
rm -rf "$packed"
mkdir -p "$packed"
npm pack --silent --ignore-scripts --pack-destination "$packed" >/dev/null
tar -xzf "$packed"/cochlea-*.tgz -C "$packed" --strip-components=1
cp -r test examples "$packed"
mkdir -p "$packed/tools"
cp tools/demo.mjs tools/browser.mjs "$packed/tools"
ln -s ../../node_modules "$packed/node_modules"
