#!/usr/bin/env bash
# Checks the package as its users meet it: packed with its prebuilt addon, installed into an empty
# folder without running any script, used where there is no compiler, imported by an ES module and
# required by CommonJS, with types for both.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm run --silent prebuild >"$work/prebuild.log" 2>&1 || {
  tail -n 40 "$work/prebuild.log" >&2
  exit 1
}
addon=prebuilds/linux-$(node -p process.arch)/cochlea.glibc.node
node test/package/addon.mjs prebuilds/*/*.node
npm pack --silent --ignore-scripts --pack-destination "$work" >/dev/null
tar -tf "$work"/cochlea-*.tgz >"$work/contents"
grep -qx "package/$addon" "$work/contents" || {
  echo "the package lacks $addon" >&2
  exit 1
}

consumer=$work/consumer
mkdir "$consumer"
cp -r test/package/consumer/. "$consumer"
cd "$consumer"
npm install --silent --ignore-scripts --no-audit --no-fund "$work"/cochlea-*.tgz
node "$root/test/package/links.mjs" node_modules/cochlea

# Node alone on the PATH: no compiler, no CMake, no FFmpeg.
mkdir "$work/bin"
ln -s "$(command -v node)" "$work/bin/node"
for program in esm.mjs commonjs.cjs; do
  PATH=$work/bin node "$program" "$root/test/fixtures/speech/speech.flac"
done
cochlea() { PATH=$work/bin node node_modules/cochlea/dist/cli/main.js "$@" >/dev/null; }
cochlea probe "$root/test/fixtures/speech/speech.mp3"
# None of the optional packages is there.
cochlea doctor
cochlea features "$root/test/fixtures/speech/speech.mp3" --output "$work/speech.npy"

cp -r "$root/node_modules/@types" "$consumer/node_modules/@types"
cp -r "$root/node_modules/undici-types" "$consumer/node_modules/undici-types"
for project in tsconfig.esm.json tsconfig.commonjs.json; do
  "$root/node_modules/.bin/tsc" --project "$project"
done
echo "package: $(du -h "$work"/cochlea-*.tgz | cut -f1), addon: $(du -h "$root/$addon" | cut -f1)"
