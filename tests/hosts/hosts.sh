# shellcheck shell=bash disable=SC2034,SC2154  # variables are set in one file and used in another
# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Sourced by up and down.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Where key and inventories go. Each folder has its own set of hosts, so that runs do not disturb each other.
state=${LINUX_TRIAGE_HOSTS:-$root/.cache/hosts}
run=$(printf '%s' "$state" | sha256sum | cut -c1-6)

all_hosts=(triage-bookworm triage-trixie triage-py27 triage-py36)
# Started only when they are asked for: one with the newest Python, one that becomes a server of the Red Hat family, and servers
# of two kinds, of which two were entered.
special_hosts=(triage-forky triage-redhat triage-clean1 triage-clean2 triage-clean3 triage-clean4 triage-loud triage-subtle)

release_of() {
    case $1 in
        triage-bookworm | triage-py* | triage-redhat | triage-clean[12] | triage-loud) echo bookworm ;;
        triage-trixie | triage-clean[34] | triage-subtle) echo trixie ;;
        triage-forky) echo forky ;;
        *) echo "no such test host: $1" >&2 && return 1 ;;
    esac
}

# The old Python that a host is for: one from the pyenv of this machine. It only works at the path it was built for.
old_python_of() {
    local version
    case $1 in
        triage-py27) version=2.7 ;;
        triage-py36) version=3.6 ;;
        *) return ;;
    esac
    compgen -G "$HOME/.pyenv/versions/$version.*/bin/python$version" | head -n 1 || true
}

container() { echo "$1-$run"; }

require_podman() {
    command -v podman > /dev/null && command -v runc > /dev/null && command -v mmdebstrap > /dev/null && return
    echo "Test hosts need podman, runc and mmdebstrap; on Debian: apt-get install --no-install-recommends" \
        "podman runc netavark aardvark-dns iptables nftables uidmap mmdebstrap" >&2
    exit 1
}
