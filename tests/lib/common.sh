# shellcheck shell=bash disable=SC2034,SC2154  # variables are set in one file and used in another
# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Sourced by tests/run and the stages.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
logs=$root/.cache/logs
# What is expensive to make outlives the checkout.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/linux_triage
jobs=$(nproc)
mkdir -p "$logs" "$cache"

all_pythons=(2.7 3.6 3.7 3.8 3.9 3.10 3.11 3.12 3.13 3.14)

# find_python VERSION: prints the path of that Python, from PATH or pyenv; fails if there is none.
find_python() {
    local candidate
    for candidate in "python$1" "$HOME/.pyenv/versions/$1".*/bin/"python$1"; do
        "$candidate" -c 'import sys; print(sys.executable)' 2> /dev/null && return
    done
    return 1
}

# find_any_python VERSION...: prints the path of the first that is there and can make virtual environments.
find_any_python() {
    local version python
    for version in "$@"; do
        python=$(find_python "$version") && "$python" -c 'import ensurepip, venv' 2> /dev/null && echo "$python" && return
    done
    return 1
}

# make_venv NAME PYTHON PIP-ARGUMENT...: makes .venv/NAME unless it was made with the same arguments before.
make_venv() {
    local venv=$root/.venv/$1 python=$2 wanted
    shift 2
    wanted="$(realpath -m "$venv") $python $* $(cat "$root"/requirements*.txt)"
    [[ -e $venv/.made-with && $(< "$venv/.made-with") == "$wanted" ]] && return
    echo "setting up $venv" >&2
    rm -f "$venv/.made-with"
    # The pip that Python 3.6 has on board takes releases that are too new for it.
    if "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 7))' 2> /dev/null; then
        "$python" -m venv --clear "$venv"
    else
        make_venv virtualenv "$(find_any_python 3.11 3.12 3.10 3.13)" 'virtualenv<20.22' 'setuptools<81'
        "$root/.venv/virtualenv/bin/python" -m virtualenv --quiet --clear --python "$python" "$venv"
    fi
    quietly "$venv/bin/python" -m pip install --disable-pip-version-check "$@" || return
    printf '%s' "$wanted" > "$venv/.made-with"
}

make_venv_27() { make_venv py-2.7 "$1" 'pytest<5' 'virtualenv<20.16'; }

# make_core_venv 2.16|2.21: ansible-core with all test tools, in .venv/core-VERSION.
make_core_venv() {
    local python
    python=$(find_any_python 3.12 3.13 3.11 3.10) || {
        echo "ansible-core $1 needs a Python 3.12 with venv (on Debian: python3.12-venv)" >&2
        return 1
    }
    (cd "$root" && make_venv "core-$1" "$python" "ansible-core==$1.*" --requirement requirements.txt \
        --requirement requirements-test.txt)
}

# copy_collection FOLDER: the files that a commit would have now, as FOLDER/ansible_collections/csirt/linux_triage.
copy_collection() {
    local target=$1/ansible_collections/csirt/linux_triage
    mkdir -p "$target"
    git -C "$root" ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do
            # Deleted, but not yet for git.
            [[ ! -e $root/$file && ! -h $root/$file ]] || printf '%s\0' "$file"
        done |
        tar -C "$root" --null --files-from=- --create | tar -C "$target" --extract
    echo "$target"
}

# step NAME COMMAND...: runs it, says how it went, adds to the stage's counts; the output goes to a log, and is shown if
# it failed. What pytest and ansible-test integration run counts by their tests, everything else as one.
step() {
    local name=$1 log status=0 start=$SECONDS passed failed skipped
    shift
    log=$logs/$(tr -c '[:alnum:].\n' '-' <<< "$stage-$name").log
    "$@" > "$log" 2>&1 < /dev/null || status=$?
    read -r passed failed skipped < <(count_tests < "$log")
    # Aborted: how much was in order is not known.
    ((status == 0 || failed > 0)) || { passed=0 failed=1; }
    ((passed + failed > 0)) || passed=1
    echo "$passed $failed" >> "$counts"
    if ((status == 0 && failed == 0)); then
        printf '  ok      %-44s %4d s  %d passed%s\n' "$name" $((SECONDS - start)) "$passed" "${skipped:+, $skipped skipped}"
    else
        printf '  FAILED  %-44s %4d s  %d passed, %d failed (%s)\n' "$name" $((SECONDS - start)) "$passed" "$failed" "$log"
        tail -n 200 "$log" | sed 's/^/  | /'
    fi
}

# Sums the closing lines of pytest, like "== 3 failed, 12 passed, 1 skipped in 0.5s ==", and integration targets.
count_tests() {
    sed 's/\x1b\[[0-9;]*m//g' | awk '
        /(passed|failed|error|errors|skipped)[a-z, 0-9]* in [0-9.]+ ?s/ {
            for (i = 2; i <= NF; i++) {
                word = $i; sub(/,$/, "", word)
                if (word == "passed") passed += $(i - 1)
                if (word == "failed" || word ~ /^errors?$/) failed += $(i - 1)
                if (word == "skipped") skipped += $(i - 1)
            }
        }
        /^Running .* integration test role/ { passed++ }
        /All targets skipped/ { failed++ }
        END { print passed + 0, failed + 0, skipped ? skipped : "" }'
}

# quietly COMMAND...: shows the output only if it fails.
quietly() {
    local output
    output=$("$@" 2>&1) || {
        echo "$output" >&2
        return 1
    }
}

# Like step, in the background, as many at a time as there are cores. "wait" ends it.
spawn() {
    while (($(jobs -rp | wc -l) >= jobs)); do
        wait -n
    done
    step "$@" &
}

# skip NAME REASON
skip() { printf '  --      %-44s not tested: %s\n' "$1" "$2"; }
