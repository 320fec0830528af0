#!/usr/bin/env bash
# Makes .venv-peers, the environment of what the benchmarks compare us with, from requirements/bench.txt.
# Never fails: where it cannot be made, `make bench` says of these rows that they were not run.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=requirements/bench.txt
state=$({ pwd; cat "$lock"; } | cksum)
[ "$(cat .venv-peers/state 2>/dev/null)" = "$state" ] && exit 0
echo "setup: making .venv-peers with $(grep -c '^[a-zA-Z0-9].*==' "$lock") locked packages"
rm -rf .venv-peers
.venv/bin/python -m venv .venv-peers &&
    { .venv/bin/uv pip install --quiet --python .venv-peers/bin/python --require-hashes -r "$lock" ||
        .venv-peers/bin/python -m pip install --quiet --require-hashes -r "$lock"; } &&
    echo "$state" >.venv-peers/state ||
    { rm -rf .venv-peers; echo "setup: they could not be installed here; what needs them is not run" >&2; }
