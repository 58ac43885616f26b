#!/usr/bin/env bash
# Runs once, while Gradescope builds the image: an environment of its own for the grader.
set -euo pipefail

environment=/autograder/environment
apt-get update
apt-get install --yes --no-install-recommends python3 python3-pip python3-venv git

if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  python3 -m venv "$environment"
else
  # Ubuntu 22.04 has Python 3.10, which is too old.
  python3 -m pip install uv
  python3 -m uv venv --seed --python 3.12 "$environment"
fi
"$environment/bin/python" -m pip install --no-cache-dir /autograder/source/cnn-grader
"$environment/bin/grade" --version
