# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Pages that need nothing beside themselves: styles, script and data in one file, and a policy that lets nothing else run."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import typing as t
from pathlib import Path

import jinja2
from markupsafe import Markup

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._rows import shown

HERE = Path(__file__).parent
SCRIPTS = ("dom", "table", "findings", "timeline", "page")
PACKED_ABOVE = 100_000
# What may not stand in a script element, whatever the browser makes of the rest.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def data_block(identity: str, value: t.Any) -> Markup:
    """An element ``data-<identity>`` that carries `value` as JSON, or when that is long as base64 of its gzip.

    Nothing in it can end the element or be run.
    """
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    kind = "application/json"
    if len(text) > PACKED_ABOVE:
        kind, text = "application/gzip", base64.b64encode(gzip.compress(text.encode("ascii"), 6, mtime=0)).decode("ascii")
    return Markup('<script type="{}" id="data-{}">').format(kind, identity) + Markup(text) + Markup("</script>")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") + "'"


def _finalized(value: t.Any) -> t.Any:
    """Whatever a template shows is made harmless; what is markup already was made of such."""
    return value if isinstance(value, Markup) else "" if value is None else shown(value)


class Pages:
    """Writes pages with one style and one script."""

    def __init__(self, common: dict[str, t.Any]) -> None:
        styles = (HERE / "assets" / "report.css").read_text(encoding="utf-8")
        parts = [(HERE / "assets" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
        script = '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True, finalize=_finalized)
        policy = (
            "default-src 'none'", f"script-src {_hash(script)}", f"style-src {_hash(styles)}", "base-uri 'none'",
            "form-action 'none'",
        )
        self._templates.globals.update(
            common, data_block=data_block, styles=Markup(styles), script=Markup(script), policy="; ".join(policy))

    def write(self, path: Path, template: str, **values: t.Any) -> None:
        """The page, readable by its owner alone. A page of the same name is replaced at once or not at all."""
        unfinished = path.with_name(path.name + ".new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8") as stream:
            stream.writelines(self._templates.get_template(template).generate(**values))
        unfinished.replace(path)
