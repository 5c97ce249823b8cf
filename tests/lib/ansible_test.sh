# shellcheck shell=bash disable=SC2034,SC2154  # variables are set in one file and used in another
# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Sourced by the stages that call ansible-test.

# ansible-test bootstraps its environments with a get-pip script from a server of its own. Where its cache already has
# one, that is used: ours runs a wheel of pip from the package index.
declare -A pips_of=([2.16]='20.3.4 21.3.1 23.1.2' [2.21]='25.2')
declare -A python_of_pip=([20.3.4]=2.7 [21.3.1]=3.6 [23.1.2]=3.7 [25.2]=3.9)

# prepare_ansible_test CORE: a home folder for ansible-test of that core, with its caches.
prepare_ansible_test() {
    local core=$1 home=$cache/ansible-test-$1 wheels=$cache/ansible-test-$1/wheels version folder
    make_core_venv "$core" || return
    mkdir -p "$home/.ansible/test/cache" "$home/.config" "$wheels"
    # The user's package index is to be used in there as well.
    for folder in .pip .config/pip; do
        [[ ! -d $HOME/$folder ]] || ln -sfn "$HOME/$folder" "$home/$folder"
    done
    for version in ${pips_of[$core]}; do
        compgen -G "$wheels/pip-$version-*.whl" > /dev/null ||
            quietly "$root/.venv/core-$core/bin/python" -m pip download --no-deps --only-binary=:all: \
                --python-version "${python_of_pip[$version]}" --dest "$wheels" "pip==$version" || return
        cat > "$home/.ansible/test/cache/get_pip_${version//./_}.py" << PYTHON
import glob, runpy, sys
sys.path.insert(0, glob.glob('$wheels/pip-$version-*.whl')[0])
sys.argv = [sys.argv[0], 'install'] + [a for a in sys.argv[1:] if a not in ('--no-setuptools', '--no-wheel')]
runpy.run_module('pip', run_name='__main__', alter_sys=True)
PYTHON
    done
    # Made here, or runs at the same time get into each other's way.
    [[ -e $home/.ansible/test/id_rsa ]] || ssh-keygen -m PEM -q -t rsa -N '' -f "$home/.ansible/test/id_rsa"
    link_pythons
}

# A folder with the real interpreters under their plain names, since pyenv's shims stand in ansible-test's way.
link_pythons() {
    local version python
    mkdir -p "$root/.venv/pythons"
    for version in "${all_pythons[@]}"; do
        python=$(find_python "$version") || continue
        if [[ $version == 2.7 ]]; then
            # ansible-test makes environments for Python 2.7 with a virtualenv that runs on it. Neither is found by a link.
            make_venv_27 "$python" || return
            printf '#!/bin/sh\nexec "%s" "$@"\n' "$root/.venv/py-2.7/bin/python2.7" > "$root/.venv/pythons/python2.7.new"
            chmod +x "$root/.venv/pythons/python2.7.new"
            mv -f "$root/.venv/pythons/python2.7.new" "$root/.venv/pythons/python2.7"
        else
            ln -sf "$python" "$root/.venv/pythons/python$version"
        fi
    done
}

# ansible_test CORE ARGUMENT...: in the current folder, a copy of the collection.
ansible_test() {
    local core=$1 path
    shift
    path=$(tr : '\n' <<< "$PATH" | grep -v '/shims$' | paste -sd:)
    HOME=$cache/ansible-test-$core PATH=$root/.venv/core-$core/bin:$root/.venv/pythons:$path \
        "$root/.venv/core-$core/bin/ansible-test" "$@"
}
