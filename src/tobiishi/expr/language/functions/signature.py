"""JSONata's signature language: `<s-nn?:s>` says what a function takes, and what stands in for what is left out.

Theory of operation. Every argument has a letter for its type, `m` if it is undefined. A signature is a regular
expression over those letters, with a group for each parameter, so `n+` takes as many numbers as it can and `s-` steps
back when the arguments run short. What a match comes to depends on the letters alone: it is worked out once for each
row of letters and kept as a plan, so that a call costs a look-up. Matching is by RE2: a signature is the user's, too.

A parameter that matched nothing is filled with the context item if it is marked `-`; otherwise it lets the next
argument through, as JSONata does, so that arguments keep their order. An array parameter takes anything: what is no
array becomes an array of one.
Source: https://docs.jsonata.org/programming, "Function signature syntax".
"""

from collections.abc import Sequence as Items
from dataclasses import dataclass, field
from typing import Any, Final

import re2

from tobiishi.expr.bindings import Missing
from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.values import UNDEFINED, Sequence, Value

MOST_PARAMETERS: Final = 255
_MOST_PLANS: Final = 64
_CONTEXT: Final = -1

_LETTERS: Final[dict[type, str]] = {
    str: "s",
    int: "n",
    float: "n",
    bool: "b",
    type(None): "l",
    list: "a",
    Sequence: "a",
    dict: "o",
    Missing: "m",
}
ANYTHING: Final = "asnblfo"
_SHORTHANDS: Final = {"x": ANYTHING, "j": "asnblo", "u": "bnsl"}
"""Letters that stand for several types."""

_PLURALS: Final = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}


def letter_of(value: Value) -> str:
    """Return the letter of a value's type: `s n b l a o f`, or `m` for undefined."""
    letter = _LETTERS.get(type(value))
    if letter is None:
        letter = "a" if isinstance(value, list) else "o" if isinstance(value, dict) else "f"
    return letter


@dataclass(slots=True)
class Parameter:
    """One parameter. `letters` are those it accepts; `items` the letters of what its array may hold, if it says."""

    letters: str
    is_array: bool = False
    items: str | None = None
    uses_context: bool = False
    quantifier: str = ""

    @property
    def pattern(self) -> str:
        return f"([{self.letters}]{self.quantifier}{'?' if self.uses_context else ''})"


@dataclass(frozen=True, slots=True)
class _Step:
    """How one argument comes about: the `source`-th that was given, for an array parameter made one."""

    source: int
    parameter: Parameter
    letter: str = "m"


_Plan = tuple[_Step, ...]
_AS_GIVEN: Final[_Plan] = ()


@dataclass(slots=True)
class Signature:
    """A parsed signature. `text` has its brackets."""

    text: str
    parameters: list[Parameter]
    _plans: dict[str, _Plan] = field(default_factory=dict)
    _fitting: set[tuple[type, ...]] = field(default_factory=set)
    """Types of arguments that are taken as they are: a quicker way to the commonest plan."""
    _regex: Any = None

    def check(self, arguments: Items[Value], context: Value, evaluation: Evaluation, name: str = "") -> Items[Value]:
        """Return the arguments as the function takes them. `context` is `MISSING` where a call has none.

        Raises `JsonataError`: T0410 for an argument of another type, or too many or too few; T0411 if the context
        cannot stand in; T0412 for an array of other items.
        """
        kinds = tuple(map(type, arguments))
        if kinds in self._fitting:
            return arguments
        letters = "".join([_LETTERS.get(type(argument)) or letter_of(argument) for argument in arguments])
        plan = self._plans.get(letters)
        if plan is None:
            plan = self._planned(letters, arguments, name)
        if plan is _AS_GIVEN:
            if len(self._fitting) < _MOST_PLANS:
                self._fitting.add(kinds)
            return arguments
        return [_argument(step, index, arguments, context, evaluation, name) for index, step in enumerate(plan)]

    def _planned(self, letters: str, arguments: Items[Value], name: str) -> _Plan:
        if self._regex is None:
            self._regex = re2.compile("".join(parameter.pattern for parameter in self.parameters))
        found = self._regex.fullmatch(letters)
        if found is None:
            raise self._mismatch(letters, arguments, name)
        steps: list[_Step] = []
        position = 0
        for parameter, matched in zip(self.parameters, found.groups(), strict=True):
            if not matched and parameter.uses_context:
                steps.append(_Step(_CONTEXT, parameter))
                continue
            # A parameter that matched nothing still takes the next argument.
            for letter in matched or "m":
                steps.append(_Step(position, parameter, letter))
                position += 1
        plan = _AS_GIVEN if _leaves_alone(steps, len(letters)) else tuple(steps)
        if len(self._plans) < _MOST_PLANS:
            self._plans[letters] = plan
        return plan

    def _mismatch(self, letters: str, arguments: Items[Value], name: str) -> JsonataError:
        """Say which argument is wrong: the first that no parameter can take."""
        good = 0
        for count in range(1, len(self.parameters) + 1):
            prefix = "".join(parameter.pattern for parameter in self.parameters[:count])
            found = re2.match(prefix, letters)
            if found is None:
                break
            good = found.end()
        return mismatch(name, good + 1, arguments[good] if good < len(arguments) else UNDEFINED)


def mismatch(name: str, number: int, value: Value) -> JsonataError:
    """Return the error of an argument that a function cannot take (T0410). Arguments count from one."""
    message = f"Argument {number} of {_function(name)} does not match function signature"
    return JsonataError("T0410", message, value=value)


def _function(name: str) -> str:
    return f'function "{name}"' if name else "function"


def _leaves_alone(steps: list[_Step], count: int) -> bool:
    return len(steps) == count and all(
        step.source == index and (not step.parameter.is_array or (step.letter in "am" and not step.parameter.items))
        for index, step in enumerate(steps)
    )


def _argument(
    step: _Step, index: int, arguments: Items[Value], context: Value, evaluation: Evaluation, name: str
) -> Value:
    parameter = step.parameter
    if step.source == _CONTEXT:
        if letter_of(context) not in parameter.letters:
            message = f"Context value is not a compatible type with argument {index + 1} of {_function(name)}"
            raise JsonataError("T0411", message, value=context)
        return context
    if step.source >= len(arguments):
        return UNDEFINED
    value = arguments[step.source]
    if not parameter.is_array or step.letter == "m":
        return value
    if parameter.items is not None and not _holds(value, step.letter, parameter.items, evaluation):
        kind = _PLURALS.get(parameter.items, parameter.items)
        message = f'Argument {step.source + 1} of {_function(name)} must be an array of "{kind}"'
        raise JsonataError("T0412", message, value=value)
    return value if step.letter == "a" else [value]


def _holds(value: Value, letter: str, items: str, evaluation: Evaluation) -> bool:
    if letter != "a":
        return letter in items
    evaluation.spend(len(value) >> 3)
    return all((_LETTERS.get(kind) or _letter_of_type(kind)) in items for kind in set(map(type, value)))


def _letter_of_type(kind: type) -> str:
    return "a" if issubclass(kind, list) else "o" if issubclass(kind, dict) else "f"


def parse_signature(text: str) -> Signature:
    """Return a signature, given with its brackets, such as `<s-:n>`. What it says of the result is not held.

    Raises `JsonataError`: S0401 for `<...>` after anything but `a` and `f`; S0402 for such a thing in a choice.
    """
    parameters: list[Parameter] = []
    position = 1
    while position < len(text) and text[position] != ":":
        position = _read_symbol(text, position, parameters)
        if len(parameters) > MOST_PARAMETERS:
            raise JsonataError("S0402", f"A signature has at most {MOST_PARAMETERS} parameters", position)
    return Signature(text, parameters)


def _read_symbol(text: str, position: int, parameters: list[Parameter]) -> int:
    """Read one symbol of a signature, and return where the next begins."""
    symbol = text[position]
    last = parameters[-1] if parameters else None
    if symbol == "(":
        end = _closing(text, position, "(", ")")
        choice = text[position + 1 : end]
        if "<" in choice:
            message = "Choice groups containing parameterized types are not supported"
            raise JsonataError("S0402", message, position, value=choice)
        parameters.append(Parameter(_accepted(choice) + "m", is_array="a" in choice and len(choice) == 1))
        return end + 1
    if symbol == "<":
        if last is None or not (last.is_array or last.letters == "f"):
            message = "Type parameters can only be applied to functions and arrays"
            raise JsonataError("S0401", message, position)
        end = _closing(text, position, "<", ">")
        if last.is_array:
            last.items = _accepted(text[position + 1 : position + 2])
        return end + 1
    if symbol in "snblo":
        parameters.append(Parameter(symbol + "m"))
    elif symbol == "a":
        parameters.append(Parameter("asnblfom", is_array=True))
    elif symbol == "f":
        parameters.append(Parameter("f"))
    elif symbol in _SHORTHANDS:
        parameters.append(Parameter(_SHORTHANDS[symbol] + "m"))
    elif last is not None and symbol == "-":
        last.uses_context = True
    elif last is not None and symbol in "?+":
        last.quantifier = symbol
    return position + 1


def _accepted(letters: str) -> str:
    return "".join(_SHORTHANDS.get(letter, letter) for letter in letters if letter.isascii() and letter.isalpha())


def _closing(text: str, position: int, opening: str, closing: str) -> int:
    """Return where the bracket at `position` is closed, or the end of the text."""
    depth = 0
    for index in range(position, len(text)):
        depth += (text[index] == opening) - (text[index] == closing)
        if depth == 0:
            return index
    return len(text)
