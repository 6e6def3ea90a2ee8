#!/bin/sh
# Sets up all that Tocsin needs in .venv, from locked and hashed packages, then does what is asked.
#
#   ./do run [ARGS]      the daemon, with the configuration in config/
#   ./do test [ARGS]     the tests
#   ./do check           format, lint, types, import contracts, tests
#   ./do demo            the whole product in a minute, on loopback
#   ./do tocsin ARGS     any command of Tocsin
#   ./do lock            resolve pyproject.toml anew into requirements/*.lock
#   ./do image           build the container image
set -eu
cd "$(dirname "$0")"
# The certificates of the machine, as its own tools use them.
export UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true UV_NO_PROGRESS=1 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { echo "do: $*" >&2; }

find_python() {
    for python in python3.13 python3.12 python3.11 python3 python3.14; do
        if command -v "$python" >/dev/null 2>&1 &&
            "$python" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    say "Python 3.11 or newer is needed: apt-get install python3 python3-venv"
    exit 1
}

make_venv() {
    python=$(find_python)
    "$python" -m venv .venv >/dev/null 2>&1 && return
    # Debian and Ubuntu keep venv in a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing python3-venv"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
        "$python" -m venv --clear .venv && return
    fi
    rm -rf .venv
    say "Python's venv module is missing: apt-get install python3-venv"
    exit 1
}

# setup run|dev: installs the lock of that name, once for each state of the locks.
setup() {
    stamp=".venv/.installed-$1"
    state=$(cat requirements/build.lock "requirements/$1.lock" pyproject.toml | cksum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && return
    [ -x .venv/bin/python ] || make_venv
    say "installing requirements/$1.lock into .venv"
    .venv/bin/python -m pip install -q --require-hashes -r requirements/build.lock
    .venv/bin/uv pip install -q --compile-bytecode --python .venv/bin/python --require-hashes -r "requirements/$1.lock" ||
        .venv/bin/python -m pip install -q --require-hashes -r "requirements/$1.lock"
    .venv/bin/python -m pip install -q --no-deps --no-build-isolation -e .
    echo "$state" >"$stamp"
}

lock() {
    setup dev
    .venv/bin/uv lock -q
    .venv/bin/uv export -q --no-emit-project --no-default-groups --extra postgres --no-header --no-annotate \
        -o requirements/run.lock >/dev/null
    .venv/bin/uv export -q --no-emit-project --no-default-groups --extra postgres --extra render --no-header --no-annotate \
        -o requirements/render.lock >/dev/null
    .venv/bin/uv export -q --no-emit-project --all-extras --group dev --no-header --no-annotate \
        -o requirements/dev.lock >/dev/null
    printf 'editables\nhatchling\nuv\n' | .venv/bin/uv pip compile -q --generate-hashes --no-header --no-annotate \
        --no-emit-index-url - -o requirements/build.lock
}

lint() {
    setup dev
    .venv/bin/ruff format --check .
    .venv/bin/ruff check .
    .venv/bin/mypy
    .venv/bin/lint-imports
}

run_tests() {
    setup dev
    # Tocsin is started some hundred times: without bytecode each start would compile it anew.
    unset PYTHONDONTWRITEBYTECODE
    # One more than the two cores that they are made for: some tests wait for most of their time.
    exec .venv/bin/pytest -n 3 --dist worksteal "$@"
}

command=${1:-help}
[ $# -gt 0 ] && shift
case $command in
    run | demo)
        setup run
        exec .venv/bin/tocsin "$command" "$@"
        ;;
    tocsin)
        setup run
        exec .venv/bin/tocsin "$@"
        ;;
    test) run_tests "$@" ;;
    lint) lint ;;
    check)
        lint
        run_tests
        ;;
    lock) lock ;;
    image) docker build -t tocsin . ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" ;;
esac
