"""Choice rules: comparisons of JSONPath, conditions of JSONata."""

from collections.abc import Callable
from typing import Any, Final

from tobiishi.asl import expressions, fields
from tobiishi.asl.jsonata import jsonata
from tobiishi.asl.model import Rule
from tobiishi.asl.place import Place, Reader
from tobiishi.expr.bindings import Bindings, Value
from tobiishi.expr.comparison import OPERATORS, compile_comparison

Test = Callable[[Bindings], bool]

_BOOLEAN: Final = frozenset({"And", "Or", "Not"})
_RULE: Final[dict[str, Reader]] = {"Next": fields.text, "Comment": fields.text, "Assign": expressions.assign()}
_CONDITION: Final[dict[str, Reader]] = {
    **_RULE,
    "Condition": jsonata("boolean", literal=fields.true),
    "Output": jsonata(),
}


_EXPECTED: Final = {
    "string": "Expected value of type [STRING]",
    "number": "Expected value of type [NUMBER]",
    "boolean": "Expected value of type [BOOLEAN]",
    "timestamp": "String does not match RFC3339 timestamp",
    "path": "The value must be a valid JSONPath",
}
"""What to say of an operand of another type than the operator's."""


def rules(value: Value, place: Place) -> tuple[Rule, ...]:
    """Read Choices."""
    if not isinstance(value, list) or not value:
        place.report("Expected a non-empty array of choice rules")
        return ()
    read = _condition_rule if place.language == "JSONata" else _comparison_rule
    return tuple(read(entry, place.item(index)) for index, entry in enumerate(value))


def _condition_rule(value: Value, place: Place) -> Rule:
    read = fields.members(value, place, _CONDITION, required=("Condition", "Next"))
    condition = read.get("Condition")
    return Rule(
        test=_never if condition is None else condition.evaluate,
        next=read.get("Next", ""),
        assign=read.get("Assign"),
        output=read.get("Output"),
    )


def _comparison_rule(value: Value, place: Place) -> Rule:
    if not isinstance(value, dict):
        place.report("Expected value of type [OBJECT]")
        return Rule(test=_never, next="")
    outside = {name: value[name] for name in _RULE if name in value}
    read = fields.members(outside, place, _RULE, required=("Next",))
    inside = {name: member for name, member in value.items() if name not in _RULE}
    return Rule(test=_test(inside, place), next=read.get("Next", ""), assign=read.get("Assign"))


def _never(bindings: Bindings) -> bool:  # noqa: ARG001 - stands in for a test with an error; it is never run
    return False


def _test(value: dict[str, Any], place: Place) -> Test:
    """Read what a rule tests: one boolean operator, or a Variable with one comparison operator."""
    operators = [name for name in value if name in OPERATORS or name in _BOOLEAN]
    for name in value:
        if name not in operators and name != "Variable":
            place.refuse(f"Field '{name}' is not supported")
    if len(operators) != 1:
        found = f", but found {len(operators)}: {', '.join(operators)}" if operators else ""
        place.report(f"A choice rule must have exactly one operator{found}")
        return _never
    operator = operators[0]
    where = place.at(operator)
    if operator in _BOOLEAN:
        if "Variable" in value:
            place.refuse(f"Field 'Variable' is not supported beside '{operator}'")
        return _boolean(operator, value[operator], where)
    return _comparison(operator, value, place)


def _boolean(operator: str, operand: Value, place: Place) -> Test:
    if operator == "Not":
        negated = _nested(operand, place)
        return lambda bindings: not negated(bindings)
    if not isinstance(operand, list) or not operand:
        place.report("Expected a non-empty array of choice rules")
        return _never
    tests = tuple(_nested(entry, place.item(index)) for index, entry in enumerate(operand))
    if operator == "And":
        return lambda bindings: all(test(bindings) for test in tests)
    return lambda bindings: any(test(bindings) for test in tests)


def _nested(value: Value, place: Place) -> Test:
    if not isinstance(value, dict):
        place.report("Expected value of type [OBJECT]")
        return _never
    return _test({name: member for name, member in value.items() if name != "Comment"}, place)


def _comparison(operator: str, value: dict[str, Any], place: Place) -> Test:
    operand = value[operator]
    expected = OPERATORS[operator]
    if not expected.accepts(operand):
        place.at(operator).report(_EXPECTED[expected.operand])
    elif expected.operand == "path":
        expressions.path(operand, place.at(operator))
    if "Variable" not in value:
        place.report("These fields are required: [Variable]")
    elif expressions.path(value["Variable"], place.at("Variable")) is not None and expected.accepts(operand):
        return compile_comparison(operator, value["Variable"], operand, "Variable")
    return _never
