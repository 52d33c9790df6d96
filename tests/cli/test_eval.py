"""Trying expressions out: what is printed, where, and with which exit code."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tobiishi.cli.app import call

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "try-expressions.md"
Tried = Callable[..., tuple[int, str, str]]

ORDER = '{"order": {"total": 12.5, "lines": [{"sku": "a"}, {"sku": "é"}]}}'
STACK = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
NO_NUMBER = 'T2002: The right side of the "+" operator must evaluate to a number'
MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage"


@pytest.fixture
def tried(capsys, tmp_path, monkeypatch):
    """Evaluate in a folder of its own; return exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order.json").write_text(ORDER)
    (tmp_path / "query.jsonata").write_text("(\n  $total := order.total;\n  $total + 'x'\n)\n")
    (tmp_path / "latin.json").write_bytes(b'"\xe9"')

    def run(*arguments: str) -> tuple[int, str, str]:
        code = call(["eval", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def answer(tried: Tried, *arguments: str) -> Any:
    code, out, err = tried(*arguments)
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["1 + 1"], 2),
        (["$"], {}),
        (["$.order.total", "--input", ORDER], 12.5),
        (["order.lines.sku", "--input", "@order.json"], ["a", "é"]),
        (["$states.input.order.total", "--input", ORDER], 12.5),
        (["{% $states.input.order.total %}", "--input", ORDER], 12.5),
        (["\n{%$exists($)%} ", "--input", ORDER], False),
        (["$a & $b", "--var", 'a="x"', "--var", "$b=2"], "x2"),
        (["$total", "--var", "total=@order.json"], json.loads(ORDER)),
        (["$states", "--result", "1", "--context", '{"a": 2}'], {"input": {}, "result": 1, "context": {"a": 2}}),
        (["$states.errorOutput.Error", "--error-output", '{"Error": "E"}'], "E"),
        (["$millis()", "--now", "2026-03-14T01:59:00.123+09:00"], 1773421140123),
        (["$now()", "--now", "2026-03-14T01:59:00Z"], "2026-03-14T01:59:00.000Z"),
        (["$partition([1..5], 2)"], [[1, 2], [3, 4], [5]]),
        (["$match('aab', /a(?=b)/).index"], 1),
        (["10000000000000000000000"], 1e22),
        (["$", "--input", "10000000000000000000000"], 10**22),
        (["--", "-5"], -5),
    ],
)
def test_results_are_json(tried, arguments, expected):
    assert answer(tried, *arguments) == expected


def test_programs_read_one_line_and_people_several(tried, monkeypatch):
    assert tried("$", "--input", ORDER)[1] == ORDER.replace(" ", "") + "\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert tried("{'a': 'é\u202e'}")[1] == '{\n  "a": "é\\u202e"\n}\n'


def test_standard_input_is_the_input_or_the_expression(tried, monkeypatch):
    for arguments in (["order.total", "--input", "-"], ["-"]):
        text = ORDER if "--input" in arguments else "2.5 * 5"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert answer(tried, *arguments) == 12.5


def test_a_seed_repeats(tried):
    first, second, other = (answer(tried, "[$random(), $uuid()]", "--seed", seed) for seed in ("1", "1", "2"))
    assert first == second != other
    assert answer(tried, "$uuid()") != answer(tried, "$uuid()")


def test_undefined_has_an_exit_code_of_its_own(tried):
    assert tried("{% $states.input.total %}", "--input", ORDER) == (
        3,
        "",
        "tobiishi: the result is undefined, which is an error in a state machine\n  $states.input.total\n",
    )


@pytest.mark.parametrize(
    ("expression", "code", "complaint"),
    [
        ("1 + (", 2, "S0207: Unexpected end of expression\n  1 + (\n       ^\n"),
        ("{% 1 + ( %}", 2, "S0207: Unexpected end of expression\n  1 + (\n       ^\n"),
        (
            "$x + 'a'",
            1,
            "T2002: The right side of the \"+\" operator must evaluate to a number\n  $x + 'a'\n     ^\n",
        ),
        (
            "@query.jsonata",
            1,
            f"{NO_NUMBER}\n  line 3: $total + 'x'\n                 ^\n",
        ),
        ("$error('\x1b[2J')", 1, "D3137: \\x1b[2J\n  $error('\\x1b[2J')\n        ^\n"),
        ("[$sum]", 1, "the result is or has a function, which JSON cannot say\n  [$sum]\n"),
        ("($f := function($x) { 1 + $f($x) }; $f(1))", 1, STACK),
        ("$sum([1..900000])", 1, MEMORY),
        ("$sum([1..70000]) + 'a'", 1, f"{NO_NUMBER}\n"),
        ("/a(/", 2, "S0303: Not a regular expression: missing ): a(\n  /a(/\n  ^\n"),
        (
            "{% order.total + $states.result.total %}",
            2,
            "Reference to 'order' at the top level is not supported. Field '$states.result' does not exist.\n",
        ),
    ],
)
def test_errors_show_the_place(tried, expression, code, complaint):
    ended, out, err = tried(expression, "--var", "x=1", "--input", ORDER)
    assert (ended, out) == (code, "")
    assert err.startswith(f"tobiishi: {complaint}")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "Missing argument 'EXPRESSION'; see tobiishi eval --help"),
        (["1", "--input", "{"], "--input is not JSON: "),
        (["1", "--input", "@none.json"], "--input none.json cannot be read: No such file or directory"),
        (["1", "--error-output", "@latin.json"], "--error-output latin.json is not UTF-8 text"),
        (["@none.jsonata"], "expression none.jsonata cannot be read"),
        (["\udce9"], "expression is not UTF-8 text"),
        (["1", "--var", "a"], "--var a is not a variable's NAME=JSON"),
        (["1", "--var", "a b=1"], "--var a b=1 is not a variable's NAME=JSON"),
        (["1", "--var", "states=1"], "--var states=1 is not a variable's NAME=JSON"),
        (["1", "--var", "a="], "--var a is not JSON: "),
        (["-", "--input", "-"], "standard input can be only one of the things that are given"),
        (["1", "--now", "today"], "--now today is not a timestamp such as 2026-03-14T01:59:00Z"),
        (["1", "--seed", "x"], "Invalid value for '--seed'"),
    ],
)
def test_what_cannot_be_tried_says_why(tried, arguments, complaint):
    code, out, err = tried(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"tobiishi: {complaint}")
    assert err.count("\n") == 1


def test_deep_data_is_no_accident(tried):
    deep = "[" * 254 + "]" * 254
    assert tried("$", "--input", deep)[1] == deep + "\n"
    assert tried("($count([1..70000]); $)", "--input", deep)[0] == 1
    code, _, err = tried("{'a': $}", "--input", deep)
    assert (code, err) == (2, "tobiishi: the result cannot be printed: JSON nested deeper than 254 levels\n")


def test_the_guide_prints_what_it_says(tmp_path):
    page = GUIDE.read_text()
    for name, text in re.findall(r"^```json (\S+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(text)
    examples = re.findall(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(examples) == page.count("```sh")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for commands, expected in examples:
        done = subprocess.run(
            ["/bin/bash", "-c", f"exec 2>&1\n{commands}"],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout == expected
