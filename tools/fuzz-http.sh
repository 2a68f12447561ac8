#!/usr/bin/env bash
# Lets schemathesis break the service by its own OpenAPI document: tools/fuzz-http.sh [--max-examples N …]
#
# It makes requests that fit the document and requests that do not, for each route, and checks statuses, media types,
# headers and bodies of the answers. One check is left out: that what fits the document is answered with 2xx. No document
# can say that bytes are audio, or that an address may be fetched. And one parameter: whoever asks for an answer within a
# millisecond is told with 504 that there was none, which schemathesis takes for a fault.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${COCHLEA_CACHE:-$HOME/.cache/cochlea}/schemathesis
version=4.32.5

[[ -x $cache/bin/schemathesis ]] && "$cache/bin/schemathesis" --version | grep -q "$version" || {
  python3 -m venv "$cache"
  "$cache/bin/pip" install --quiet "schemathesis==$version"
}

work=$(mktemp -d)
log=$work/log
node dist/cli/main.js serve --port 0 --tower test/fixtures/towers/qwen2-audio --log-level error 2>"$log" &
service=$!
trap 'kill $service; rm -rf "$work"' EXIT
until address=$(grep -oP '(?<=^listening on ).+' "$log"); do
  kill -0 $service || {
    cat "$log" >&2
    exit 1
  }
  sleep 0.1
done
# It keeps notes in the folder that it runs in.
cd "$work"
curl --silent --fail "$address/openapi.json" |
  node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(0)), (key, value) => key === "deadline_ms" ? undefined : value)' >openapi.json
"$cache/bin/schemathesis" run openapi.json --url "$address" --exclude-checks positive_data_acceptance "$@"
