# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The one place where collectors meet Ansible: arguments in, one small result out, exceptions to messages."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import locale
import os
import traceback

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _guest, _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection, Limits, Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._workspace import mark_running, unmark_running
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import describe

# Documented in the fragment `collector`.
ARGUMENTS = dict(
    workspace=dict(type="path", required=True),
    part=dict(type="str", required=True),
    owner=dict(type="int"),
    root=dict(type="path", default="/"),
    max_seconds=dict(type="int", default=900),
    max_file_size=dict(type="int", default=1024),
    max_part_size=dict(type="int", default=8192),
    reserve=dict(type="int", default=128),
)
MIB = 1 << 20
GRACE = 60


def run(collector, collect, arguments=None):
    """Runs `collect(collection, options)` as the module `collector` and ends the process with its result.

    What `collect` brought until an error, the end of its time or of the space stays in the part: the part is
    always closed, and `complete` and `problem` in the result say what happened.
    """
    module = AnsibleModule(argument_spec=dict(ARGUMENTS, **(arguments or {})), supports_check_mode=True)
    if module.check_mode:
        module.exit_json(changed=True, complete=False, problem="check mode: nothing was collected")
    # AnsibleModule may have taken over the language of whoever is logged in; reasons are in English everywhere.
    locale.setlocale(locale.LC_MESSAGES, "C")
    options = module.params
    start = elapsed()
    _guest.be_modest()
    _guest.end_after(options["max_seconds"] + GRACE)
    workspace = options["workspace"].encode("utf-8")
    try:
        mark_running(workspace)
        collection = Collection(
            workspace, options["part"].encode("ascii"), collector, options["root"].encode("utf-8"), _limits(options)
        )
    except (OSError, IOError) as error:
        module.fail_json(msg="No part can be written in the workspace %s: %s" % (options["workspace"], describe(error)))
    problem = _collected(collection, collect, options)
    try:
        part = collection.close(options["owner"])
    except (OSError, IOError) as error:
        module.fail_json(msg="The part %s could not be finished: %s" % (options["part"], describe(error)))
    unmark_running(workspace)
    module.exit_json(
        changed=True, part=part, complete=problem is None, problem=problem or "", summary=collection.summary,
        states=dict((state, count) for state, count in collection.states.items() if count),
        seconds=round(elapsed() - start, 3),
    )


def _limits(options):
    return Limits(
        seconds=options["max_seconds"], file_bytes=options["max_file_size"] * MIB,
        total_bytes=options["max_part_size"] * MIB, reserve_bytes=options["reserve"] * MIB,
    )


def _collected(collection, collect, options):
    """Runs the collector; None, or in one line what kept it from its end."""
    os.chdir("/")
    try:
        collect(collection, options)
    except Stopped as stop:
        collection.note(None, stop.state, "the collector was stopped: %s" % stop.reason)
        return stop.reason
    except Exception as error:  # whatever it is, what was collected before goes home
        trace = traceback.format_exc()
        collection.note(None, _state.FAILED, trace.decode("ascii", "replace") if isinstance(trace, bytes) else trace)
        return describe(error)
    return None


__all__ = ("ARGUMENTS", "run")
