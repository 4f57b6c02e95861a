#!/bin/sh
# Name every Debian package of FILE that is missing, and the command that installs it.
# Elsewhere than on Debian, only ask for a Python that is new enough and can make environments.
set -u
file=$1
python=${PYTHON:-python3}
missing=""
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $(grep -v '^#' "$file"); do
        case $package in
            python3*) continue ;; # any Python will do; it is asked below
        esac
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "$python is missing or older than Python 3.11; install it, or name another: make PYTHON=python3.12" >&2
    missing="$missing python3"
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    echo "missing:$missing" >&2
    echo "install with: sudo apt-get install -y$missing" >&2
    exit 2
fi
