#!/bin/sh
# Name every Debian package of FILE that is missing, and the command that installs it.
# Elsewhere than on Debian, only ask for a Python that is new enough and can make environments.
set -u
file=$1
python=${PYTHON:-python3}
missing=""
status=0
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $(grep -v '^#' "$file"); do
        case $package in
            python3*) continue ;; # any Python will do; it is asked below
        esac
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
fi
if ! command -v "$python" >/dev/null 2>&1; then
    echo "$python is missing; install it, or name another: make PYTHON=python3.12 ..." >&2
    missing="$missing python3 python3-venv"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "$python is older than Python 3.11; name a newer one: make PYTHON=python3.12 ..." >&2
    status=2
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    missing="$missing python3-venv"
fi
if [ -n "$missing" ]; then
    echo "missing:$missing" >&2
    echo "install with: sudo apt-get install -y$missing" >&2
    status=2
fi
exit $status
