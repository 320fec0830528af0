#!/usr/bin/env bash
# What the locked run-time set holds, with versions and licences, as a CycloneDX file:  setup/sbom.sh FILE
# The set is installed into an environment of its own and read there; so is the program that reads it.
set -euo pipefail
cd "$(dirname "$0")/.."
file=${1:?usage: setup/sbom.sh FILE}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

environment() { # NAME LOCK
    .venv/bin/uv venv --quiet --python .venv/bin/python "$folder/$1"
    .venv/bin/uv pip install --quiet --python "$folder/$1/bin/python" --require-hashes -r "$2"
}

environment runtime requirements/demo.txt
environment reader requirements/sbom.txt
mkdir -p "$(dirname "$file")"
"$folder/reader/bin/cyclonedx-py" environment --pyproject pyproject.toml --output-reproducible \
    --output-format JSON --output-file "$file" "$folder/runtime/bin/python"
echo "$file"
