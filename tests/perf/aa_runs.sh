#!/bin/sh
# Two runs of the same sweep, interleaved, for the A/A test of `bench compare`.
#
#   tests/perf/aa_runs.sh FOLDER        makes FOLDER/base/RUN and FOLDER/new/RUN
#   python -m bench compare FOLDER/base/* FOLDER/new/*
#
# SWEEP (aa) is measured. Both are measured in turns of CHUNK seconds (60), so that a host that changes slowly hits
# both alike. PREFIX is put before each call, for example `flock FILE`.
set -eu

folder=${1:?usage: aa_runs.sh FOLDER}
python=${PYTHON:-.venv/bin/python}
seed=0

finished() {
    grep -qs '"finished": "' "$folder/$1"/*/run.json
}

turn() {
    seed=$((seed + 1))
    if ls "$folder/$1"/*/run.json >/dev/null 2>&1; then
        set -- --resume "$folder/$1"/*
    else
        warm=
        [ "$1" = base ] || warm="--warmup-of $(echo "$folder"/base/*)"
        # shellcheck disable=SC2086 # Two words, or none.
        set -- --sweep "${SWEEP:-aa}" --seed "$seed" --results "$folder/$1" $warm
    fi
    # 130 is the interruption at the end of a turn; with 1 and 4 some trials do not count.
    code=0
    ${PREFIX:-} timeout --preserve-status -s INT "${CHUNK:-60}" "$python" -m bench run "$@" || code=$?
    case $code in 0 | 1 | 4 | 130) ;; *) exit "$code" ;; esac
}

until finished base && finished new; do
    finished base || turn base
    finished new || turn new
done
