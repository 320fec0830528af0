#!/usr/bin/env bash
# Makes .venv from a locked set (demo or test) and installs this checkout into it.
# Safe to call again: when nothing has changed it only compares one checksum.
set -euo pipefail
cd "$(dirname "$0")/.."
set_name=${1:?usage: setup/environment.sh demo|test}
lock="requirements/$set_name.txt"
[ -f "$lock" ] || { echo "There is no set '$set_name': $lock is missing." >&2; exit 2; }

say() { printf 'setup: %s\n' "$*"; }

# Everything that decides what the environment holds; it holds absolute paths, so where it stands counts too.
state_of() { { pwd; cat "requirements/$1.txt" requirements/bootstrap.txt pyproject.toml; } | cksum; }

is_ready() { # the set itself, or the larger one that contains it
    [ -x .venv/bin/ghg ] || return 1
    local candidate
    for candidate in "$set_name" test; do
        [ "$(cat ".venv/$candidate.state" 2>/dev/null)" = "$(state_of "$candidate")" ] && return 0
    done
    return 1
}

can_make_venv() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python_found() {
    local name
    for name in python3.11 python3.12 python3.13 python3.14 python3; do
        if command -v "$name" >/dev/null && can_make_venv "$name"; then
            echo "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return # kept, and brought up to the lock below
    fi
    local python
    if ! python=$(python_found); then
        setup/system.sh python
        python=$(python_found) || {
            echo "No Python of version 3.11 or later with its venv module was found." >&2
            echo "Install one (on Debian and Ubuntu: apt-get install python3 python3-venv) and call make again." >&2
            exit 1
        }
    fi
    say "making .venv with $($python --version)"
    rm -rf .venv
    "$python" -m venv .venv
}

with_pip() { .venv/bin/python -m pip install --quiet --quiet "$@"; }
with_uv() { .venv/bin/uv pip install --quiet --python .venv/bin/python "$@"; }

install_lock() {
    say "installing $(grep -c '^[a-zA-Z0-9].*==' "$lock") locked packages (set: $set_name)"
    [ -x .venv/bin/uv ] || with_pip --require-hashes -r requirements/bootstrap.txt || true
    with_uv --compile-bytecode --require-hashes -r "$lock" && return # so that the first start is not slow
    say "uv could not install them; trying pip, which takes longer"
    with_pip --require-hashes -r "$lock"
}

install_checkout() { # without network: hatchling came with the lock
    local options=(--no-deps --no-build-isolation --no-index --editable .)
    with_uv "${options[@]}" || with_pip "${options[@]}"
}

install_spark() { # in a folder of its own: beside our packages, libraries that look for it would import it at each start
    local state
    state=$(cksum <requirements/spark.txt)
    [ "$(cat .venv/spark/state 2>/dev/null)" = "$state" ] && return
    [ -n "$(find .venv/without-spark -mmin -10 2>/dev/null)" ] && return # just tried
    rm -rf .venv/spark
    if ! command -v java >/dev/null; then
        say "there is no Java: what needs Spark is left out of the tests, and said so"
    elif say "installing Spark into .venv/spark, about 450 MB" &&
        DIST_EXTRA_CONFIG=$PWD/setup/wheel.cfg with_uv --target .venv/spark --no-deps --require-hashes -r requirements/spark.txt; then
        echo "$state" >.venv/spark/state
        return
    else
        rm -rf .venv/spark
        say "Spark could not be installed: what needs it is left out of the tests, and said so"
    fi
    touch .venv/without-spark
}

setup/system.sh "$set_name"
if ! is_ready; then
    make_venv
    rm -f .venv/*.state
    install_lock
    install_checkout
    state_of "$set_name" >".venv/$set_name.state"
    say "ready"
fi
if [ "$set_name" = test ]; then install_spark; fi
