# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules, scores, and files that are made to exhaust whoever reads them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import signal
import time
import zlib

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._limited import OverTime, limited
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._rules import EXCERPT, Rules, excerpt
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._scan import scan
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import peak_growth

CODE = {"id": "code", "title": "Code", "weight": 80, "attack": "T1505.003", "signal": "execution", "facts": ["code.request"]}
CALL = {"id": "call", "title": "Call", "weight": 50, "signal": "execution", "facts": ["code"]}
HIDDEN = {"id": "hidden", "title": "Hidden", "weight": 50, "facts": ["hidden_name"]}
SHELL = b"<?php eval($_GET['x']);"


def judged(data, *rules, **facts):
    return scan(data, facts.get("language", "php"), Rules(rules))


def test_the_heaviest_rule_of_a_signal_counts():
    assert judged(SHELL, CODE, CALL).score == 80
    assert judged(SHELL, CODE, CALL).signals == 1


def test_independent_signals_add_up():
    verdict = judged(b"<?php $f = 'ass' . 'ert'; $f($_GET['x']);", CODE, HIDDEN)
    assert (verdict.score, verdict.signals) == (90, 2)
    assert {hit["rule"] for hit in verdict.hits} == {"code", "hidden"}


def test_a_hit_says_what_where_and_why():
    (hit,) = judged(b"<?php\n\n" + SHELL, dict(CODE, why="it runs")).hits
    assert hit == {
        "rule": "code", "title": "Code", "weight": 80, "attack": "T1505.003", "why": "it runs", "line": 3,
        "excerpt": "<?php eval($_GET['x']);",
    }


def test_of_what_is_packed_only_whole_php_is_code():
    packed = b"PK\3\4<%eval request(0)%><? eval($_GET['x']);"
    assert judged(packed, CODE, language="jsp").score == 0
    assert judged(packed + SHELL, CODE, language="jsp").score == 80


def test_a_rule_may_want_several_facts():
    rule = {"id": "two", "title": "Two", "weight": 10, "facts": ["code.request", "command.request"], "at_least": 2}
    assert judged(SHELL, rule).score == 0
    assert judged(SHELL + b"system($_GET['y']);", rule).score == 10


@pytest.mark.parametrize("rule, score", [
    ({"patterns": ["x-token-[0-9]{4}"]}, 30), ({"patterns": ["^X-Token"]}, 30), ({"patterns": ["absent"]}, 0),
    ({"patterns": ["x-token"], "language": "jsp"}, 0), ({"patterns": ["x-token"], "language": "php"}, 30),
    ({"patterns": ["x-token"], "max_size": 5}, 0),
])
def test_patterns_of_the_operator(rule, score):
    rule = dict(rule, id="ours", title="Ours", weight=30)
    assert judged(b"<?php\nX-TOKEN-1234", rule).score == score


@pytest.mark.parametrize("rule", [{"patterns": ["("]}, {}])
def test_a_rule_that_cannot_be_used_is_named(rule):
    rules = Rules([dict(rule, id="bad", title="Bad", weight=30), CODE])
    assert [name for name, _reason in rules.problems] == ["bad"]
    assert scan(SHELL, "php", rules).score == 80


def test_excerpts_are_printable_and_short():
    text = "a\n\x1b[31m" + "\xff" * 300 + "\nb"
    shown = excerpt(text, 2)
    assert shown.startswith(u"\\x1b[31m\\xff")
    assert len(shown) <= EXCERPT and "\n" not in shown


def test_what_is_hit_is_shown_behind_bytes_that_are_not_printable():
    assert excerpt("\xff" * 60 + "<?php eval(1);", 70) == "<?php eval(1);"


def test_a_line_is_a_hit_of_a_rule_once():
    rule = {"id": "two", "title": "Two", "weight": 10, "facts": ["code", "code.request"], "at_least": 2}
    assert len(judged(SHELL, rule).hits) == 1


def test_unpacked_code_lies_on_the_line_that_packed_it():
    verdict = judged(b"<?php\n\neval(base64_decode('ZXZhbCgkX0dFVFsxXSk7'));", CODE)
    assert [(hit["line"], hit["layer"]) for hit in verdict.hits] == [(3, 1)]


def test_a_pattern_that_never_ends_does_end():
    rule = {"id": "slow", "title": "Slow", "weight": 30, "patterns": ["(x+x+)+y"]}
    begin = time.time()
    verdict = scan(b"<?php " + b"x" * 60, "php", Rules([rule]), 0.3)
    assert verdict.overtime and time.time() - begin < 30


def test_what_was_set_for_the_alarm_is_put_back():
    before = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(OverTime):
        with limited(0.05):
            while True:
                pass
    assert signal.getsignal(signal.SIGVTALRM) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


HOSTILE = {
    "one line": lambda: b"<?php $x = '" + b"A" * 2000000 + b"'; eval($_GET['x']);",
    "brackets": lambda: b"<?php " + b"(" * 20000,
    "brackets around": lambda: b"<?php " + b"(" * 3000 + b"eval($_GET[1])" + b")" * 3000 + b";",
    "joins": lambda: b"<?php eval(" + b"$a." * 10000 + b"$_GET[1]);",
    "appends": lambda: b"<?php " + b"$a .= 'x';" * 10000 + b"eval($_GET[1]);",
    "templates": lambda: b"<?php \"" + b"{$a" * 20000,
    "escapes": lambda: b"<?php \"" + b"\\x41" * 50000 + b"\"; eval($_GET[1]);",
    "functions": lambda: b"<?php " + b"function f($x) {" * 5000,
    "heredocs": lambda: b"<?php " + b"<<<A\n" * 20000,
    "variables": lambda: b"<?php " + b"".join(b"$v%d = $_GET;" % number for number in range(3000)),
    "comments": lambda: b"<?php " + b"//?" * 100000,
    "tags": lambda: b"<?php ?>" * 20000,
    "bomb": lambda: b"<?php eval(gzinflate(base64_decode('" + BOMB + b"')));",
    "array": lambda: b"<?php $a = array(" + b"1," * 40000 + b");",
}
BOMB = base64.b64encode(zlib.compress(b"\0" * (64 << 20))[2:-4])


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_script_exhausts_its_reader(name):
    data, verdicts = HOSTILE[name](), []
    growth = peak_growth(lambda: verdicts.append(scan(data, "php", Rules([CODE]), 20)))
    assert not verdicts[0].overtime
    assert growth < 64 << 20


@pytest.mark.parametrize("language, data", [
    ("jsp", b"<% " + b"f(" * 5000 + b" %>"), ("jsp", b"${" * 20000), ("asp", b"<%" * 5000), ("python", b"x = [" * 4000),
    ("perl", b"s{" * 8000), ("perl", b"q(" * 8000), ("shell", b"x=$QUERY_STRING\n" * 20000), ("python", b"def f(x):\n" * 5000),
    ("js", b"`" * 20001), ("htaccess", b"<Files " * 20000), ("jsp", b"<% /*" * 10000),
], ids=lambda value: value if isinstance(value, str) and len(value) < 20 and str is not bytes else "data")
def test_no_program_exhausts_its_reader(language, data):
    assert not scan(data, language, Rules([CODE]), 20).overtime
