#!/usr/bin/env bash
# Installs the system libraries that a target needs where this machine lets us, and names them where it does not.
# demo: what WeasyPrint opens to make a PDF.  test: those, and the programs that read our documents back.
# python: an interpreter with venv.  Never fails: without them the rest still works, and says what it left out.
set -euo pipefail
target=${1:?usage: setup/system.sh demo|test|python}

has_library() { # by the loader's own list; elsewhere than on Linux the person sees to it
    command -v ldconfig >/dev/null || [ -x /sbin/ldconfig ] || return 0
    local listed
    listed=$({ ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } 2>/dev/null)
    [[ $listed == *"$1"* ]]
}
has_program() {
    local name
    for name in "$@"; do command -v "$name" >/dev/null && return; done
    return 1
}

missing=()
if [ "$target" = python ]; then
    missing+=(python3 python3-venv)
else
    has_library libpango-1.0.so.0 || missing+=(libpango-1.0-0)
    has_library libpangoft2-1.0.so.0 || missing+=(libpangoft2-1.0-0)
    has_library libharfbuzz-subset.so.0 || missing+=(libharfbuzz-subset0)
    has_program fc-list || missing+=(fontconfig)
fi
if [ "$target" = test ]; then
    has_program soffice libreoffice || missing+=(libreoffice-calc-nogui)
    has_program pdftoppm || missing+=(poppler-utils)
    has_program chromium chromium-browser google-chrome || missing+=(chromium)
    has_program java || missing+=(default-jre-headless)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing system packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if { apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
fi
echo "setup: these system packages are missing and could not be installed here: ${missing[*]}" >&2
echo "setup: on Debian or Ubuntu:  sudo apt-get install ${missing[*]}" >&2
echo "setup: elsewhere, install what provides them. Until then what needs them is left out, and said so." >&2
