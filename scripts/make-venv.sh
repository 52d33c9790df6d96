#!/bin/sh
# Make a virtual environment with the newest Python that tobiishi runs on, and a pip that knows dependency groups.
# Debian packs the venv module's other half, ensurepip, apart: as root it is installed, otherwise the line is printed.
set -eu
venv=$1

runs_tobiishi() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_venvs() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }
fail() { echo "make: $1" >&2; exit 1; }

python=
for candidate in python3.14 python3.13 python3.12 python3.11 python3; do
    runs_tobiishi "$candidate" || continue
    python=${python:-$candidate}
    if makes_venvs "$candidate"; then python=$candidate; break; fi
done
[ -n "$python" ] || fail "tobiishi needs Python 3.11 or later, and none is on the PATH (Debian 12: apt-get install python3 python3-venv)"

if ! makes_venvs "$python"; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        fail "$python has no ensurepip, which a virtual environment needs: sudo apt-get install $package"
    echo "Installing $package, which Debian packs apart from Python ..."
    { export DEBIAN_FRONTEND=noninteractive; apt-get install -y "$package" || { apt-get update && apt-get install -y "$package"; }; } >/dev/null ||
        fail "could not install $package; do it by hand: apt-get install $package"
fi

trap 'rm -rf "$venv"' EXIT  # half an environment would pass for a whole one the next time
"$python" -m venv "$venv"
"$venv/bin/python" -m pip --quiet --disable-pip-version-check install --upgrade 'pip>=25.1'
trap - EXIT
