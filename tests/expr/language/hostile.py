"""Expressions at random that are after the engine's limits: huge numbers and texts, explosions, endless recursion.

Made by a generator of random numbers, not by strategies, so that ten thousand take seconds.
"""

import random
from collections.abc import Callable
from typing import Any, Final

INPUT: Final[dict[str, Any]] = {
    "a": [1, 2, 3, [4, [5, None]], -0.5, 1e308],
    "b": {"a": {"b": {"a": [{"b": 1}, {"b": 2}, {}]}}, "c": [[], [[]], {}]},
    "items": [{"a": number % 7, "b": str(number), "c": [number, number], "d": None} for number in range(60)],
    "long": "ab " * 700,
    "wide": {f"k{number}": number for number in range(200)},
    "odd": ["", "\u00e9\U0001f600", '\\"\n', 10**30, -(10**400), True, {"": {"": 0}}],
    "deep": [[[[[[[[[[[[{"a": [[[[[[{"a": 1}]]]]]]}]]]]]]]]]]]],
}

_NUMBERS: Final = [
    *("0", "1", "2", "-1", "7", "0.5", "1e3", "1e6", "1e9"),
    *("1e308", "-1e308", "5e-324", "9007199254740993"),
]
_TEXTS: Final = ["''", "'a'", "'b'", "'x1'", "'k7'", '"\\ud83d"', '"\\u0000\\n"', "'#,##0.00'", "'[Y0001]-[M]'", "'w'"]
_REGEXES: Final = ["/a/", "/(a|b)+/i", "/^(a+)+$/", "/(.*)(.*)(.*)x/m", "/[^]{1,50}/", "/\\s*/", "/(?=a)a/"]
_NAMES: Final = ["a", "b", "c", "items", "long", "wide", "odd", "deep", "*", "**", "%", "`k7`"]
_VARIABLES: Final = ["$", "$$", "$x", "$y", "$f", "$g", "$v"]
_OPERATORS: Final = [*("+", "-", "*", "/", "%", "&", "=", "!=", "<", ">="), *("and", "or", "in", "~>", "?:", "??")]
_FUNCTIONS: Final = [
    *("abs", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone"),
    *("contains", "count", "decodeUrl", "distinct", "each", "encodeUrlComponent", "error", "exists", "filter"),
    *("floor", "formatBase", "formatInteger", "formatNumber", "fromMillis", "hash", "join", "keys", "length"),
    *("lookup", "lowercase", "map", "match", "max", "merge", "millis", "min", "not", "now", "number", "pad"),
    *("parse", "parseInteger", "partition", "power", "random", "range", "reduce", "replace", "reverse", "round"),
    *("shuffle", "sift", "single", "sort", "split", "spread", "sqrt", "string", "substring", "substringBefore"),
    *("sum", "toMillis", "trim", "type", "uppercase", "uuid", "zip"),
]
_BOMBS: Final = [
    "$count([1..1000].[1..1000])",
    "($f := function($x) {{ $f($x) }}; $f({}))",
    "($f := function($x) {{ 1 + $f($x) }}; $f({}))",
    "($f := function($x) {{ $g($x) }}; $g := function($x) {{ [$f($x)] }}; $f({}))",
    "($f := function($x) {{ $map([1, 2], $f) }}; $f({}))",
    "$reduce([1..60], function($x, $y) {{ $x & $x }}, {})",
    "$reduce([1..60], function($x, $y) {{ [[$x], [$x]] }}, {})",
    "$reduce([1..60], function($x, $y) {{ {{'l': $x, 'r': $x}} }}, {})",
    "$string($reduce([1..60], function($x, $y) {{ [[$x], [$x]] }}, {}))",
    "($x := $reduce([1..300], function($x, $y) {{ [[$x], 1] }}, {}); $x = $x)",
    "($x := $reduce([1..300], function($x, $y) {{ {{'a': $x}} }}, {}); $x ~> |**|{{'z': 1}}|)",
    "($f := $reduce([1..300], function($x, $y) {{ $x ~> $string }}, $string); $f({}))",
    "$pad('x', 1e12) & {}",
    "$join([1..1e6].$string({}))",
    "[1..1e7][$ = {}]",
    "$sort([1..500], function($x, $y) {{ {} }})",
    "$$.items{{a.$string(): {}}}",
    "$$.items@$x.$$.items@$y[$x.a = {}]",
    "**.**.**.{}",
    "[1..300].$formatInteger(1e308, 'w') & {}",
    "-$reduce([1..60], function($x, $y) {{ [[$x], [$x]] }}, {})",
]


_BRACKETS: Final = [
    *(("[", "]"), ("(", ")"), ('{"a":', "}"), ("$f(", ")")),
    *(("function($x){", "}"), ("a[", "]"), ("-", ""), ("a.(", ")")),
]


class Hostile:
    """Texts of expressions, one after the other, always the same for a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def expression(self) -> str:
        """Return the next one."""
        kind = self.random.random()
        if kind < 0.02:
            return self._nested()
        if kind < 0.04:
            return self._chained()
        return self._any(self.random.randint(1, 5))

    def _nested(self) -> str:
        opening, closing = self.random.choice(_BRACKETS)
        levels = self.random.choice([5, 20, 60, 200, 3000])
        return opening * levels + self._any(1) + closing * levels

    def _chained(self) -> str:
        part = self._any(1)
        joint = self.random.choice([" + ", " & ", " and ", ".", " ~> ", ", ", "; ", ""])
        opening, closing = {", ": ("[", "]"), "; ": ("(", ")")}.get(joint, ("", ""))
        return opening + joint.join([part] * self.random.choice([10, 100, 2000])) + closing

    def _leaf(self) -> str:
        kind = self.random.choice([_NUMBERS, _TEXTS, _NAMES, _VARIABLES, _NAMES, _VARIABLES, _REGEXES])
        return self.random.choice(kind)

    def _any(self, levels: int) -> str:
        if levels == 0:
            return self._leaf()
        inner = [self._any(levels - 1) for _ in range(self.random.choice([1, 1, 2, 3]))]
        return self.random.choice(_SHAPES)(self.random, inner)


def _call(chance: random.Random, inner: list[str]) -> str:
    return f"${chance.choice(_FUNCTIONS)}({', '.join(inner)})"


def _call_of_function(chance: random.Random, inner: list[str]) -> str:
    name = chance.choice(["map", "filter", "sort", "reduce", "each", "sift", "single", "replace", "split", "match"])
    return f"${name}({inner[0]}, function($x, $y) {{ {inner[-1]} }})"


def _bomb(chance: random.Random, inner: list[str]) -> str:
    return chance.choice(_BOMBS).format(inner[0])


def _between(chance: random.Random, inner: list[str]) -> str:
    return f"{inner[0]} {chance.choice(_OPERATORS)} {inner[-1]}"


def _shape(text: str) -> Callable[[random.Random, list[str]], str]:
    return lambda _, inner: text.replace("\N{BULLET}", inner[0]).replace("\N{SQUARE ROOT}", inner[-1])


_SHAPES: Final[list[Callable[[random.Random, list[str]], str]]] = [
    *[_call] * 8,
    *[_call_of_function] * 3,
    *[_between] * 4,
    *[_bomb] * 3,
    *map(
        _shape,
        [
            *("•.√", "•.√", "•.(√)", "•[√]", "•[√]", "•[]", "(•; √)", "[•, √]", "[•..√]", "[1..•]", "{'a': •, 'b': √}"),
            *("•{√: •}", "•^(√)", "•^(>√, <•)", "•@$x.√", "•#$y[√]", "•@$x#$y.[$x, $y, √]", "• ? √ : •", "• ? √", "-•"),
            *("($x := •; √)", "($f := function($x, $y) { • }; √)", "function($x)<x-:x>{ • }(√)", "$f(•, √)", "(•)(√)"),
            *("•.%.√", "•.(√.%)", "• ~> |√|{'q': •}, 'a'|", "• ~> $map(function($x) { √ })", "$string(?, •)(√)"),
            *("$substring(•, ?)", "• ~> $f", "[•].√", "{'a': •}.a", "•.{'a': √}", "•{`a`: $sum(√)}", "($v := •; $v.√)"),
        ],
    ),
]
