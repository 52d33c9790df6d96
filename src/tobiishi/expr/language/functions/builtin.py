"""What a built-in function is, and what its work costs.

A built-in's body takes its arguments checked, with `UNDEFINED` for what is left out. A body that does work in
proportion to its arguments, draws random numbers, asks for the time or calls other functions takes the evaluation
first. Bodies pay before they build: `pay_for_items` a step for each item, `pay_for_text` one for each 16 characters.
"""

from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import Final

from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.signature import ANYTHING, Signature, parse_signature
from tobiishi.expr.language.values import UNDEFINED, Value

_CHARACTERS_A_STEP: Final = 4
"""As a power of two."""
COST: Final = 8
"""Steps of a call by itself: its arguments have to be checked."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """One function of the library: a `values.Function` that may also take the context item.

    `arity` is how many arguments a higher-order function may pass. `pays` says that the body takes the evaluation.
    """

    name: str
    signature: Signature
    arity: int
    body: Callable[..., Value]
    pays: bool

    @property
    def calls_functions(self) -> bool:
        """Whether it is given functions, which it calls."""
        return any("f" in parameter.letters != ANYTHING for parameter in self.signature.parameters)

    def call(self, arguments: Items[Value], evaluation: Evaluation) -> Value:
        """Return the function's value where there is no context item. Raises `JsonataError`."""
        return self.apply(arguments, UNDEFINED, evaluation)

    def apply(self, arguments: Items[Value], context: Value, evaluation: Evaluation) -> Value:
        """Return the function's value. `context` stands in for an argument that is left out. Raises `JsonataError`."""
        evaluation.spend(COST)
        checked = self.signature.check(arguments, context, evaluation, self.name)
        return self.body(evaluation, *checked) if self.pays else self.body(*checked)


def plain(name: str, signature: str, body: Callable[..., Value]) -> Builtin:
    """Return a built-in that takes next to no time, whatever its arguments."""
    return _builtin(name, signature, body, pays=False)


def paying(name: str, signature: str, body: Callable[..., Value], arity: int | None = None) -> Builtin:
    """Return a built-in whose body takes the evaluation, too."""
    return _builtin(name, signature, body, pays=True, arity=arity)


def _builtin(name: str, signature: str, body: Callable[..., Value], *, pays: bool, arity: int | None = None) -> Builtin:
    parsed = parse_signature(signature)
    return Builtin(name, parsed, len(parsed.parameters) if arity is None else arity, body, pays)


def pay_for_items(evaluation: Evaluation, count: int) -> None:
    """Pay for a sequence of so many items that is to be made or gone through. Raises `BudgetSpentError`."""
    evaluation.grow(count)
    evaluation.spend(count)


def pay_for_text(evaluation: Evaluation, length: int) -> None:
    """Pay for a string of so many characters that is to be made or gone through. Raises `BudgetSpentError`."""
    evaluation.lengthen(length)
    evaluation.spend(length >> _CHARACTERS_A_STEP)
