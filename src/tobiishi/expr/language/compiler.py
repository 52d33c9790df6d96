"""A tree to closures.

Theory of operation. Every node becomes a Python function of the item, the frame and the evaluation (`frames.Closure`)
that holds its compiled parts; nothing of the tree is looked at again. What is known beforehand is decided
here: constants, names that only the caller can have bound, calls in the last place of a function, and two numbers:

- the *weight* of a part is how many nodes it has (`count` before and after). Whatever evaluates a part many times, a
  filter or a call, spends its weight each time; straight lines cost nothing, their length is the text's;
- the *level* of a call is how many nodes it stands in within its function. Calls add it to the evaluation's depth, so
  that the depth is the number of nested nodes, and Python's stack is bounded with it.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as Items
from dataclasses import replace
from typing import Any, Final

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Frame, Whole
from tobiishi.expr.language.functions import BUILTINS
from tobiishi.expr.language.functions.builtin import COST, Builtin
from tobiishi.expr.language.functions.conversion import truth
from tobiishi.expr.language.functions.regexes import compile_regex
from tobiishi.expr.language.functions.signature import parse_signature
from tobiishi.expr.language.grouping import compile_group, compile_object
from tobiishi.expr.language.lambdas import Code, Composition, Lambda, Partial, TailCall, invoke, settled
from tobiishi.expr.language.operations import chaining, joining, located, operating, quick_operation
from tobiishi.expr.language.operators import OPERATIONS, negative
from tobiishi.expr.language.paths import compile_filtered, grouped
from tobiishi.expr.language.selection import descendants, wildcard
from tobiishi.expr.language.transform import compile_transform
from tobiishi.expr.language.tree import (
    Array,
    Binary,
    Bind,
    Block,
    Call,
    Condition,
    Descendants,
    Filtered,
    Focused,
    Grouped,
    Kept,
    Literal,
    Name,
    Negative,
    Node,
    Object,
    Parent,
    Path,
    Placeholder,
    Regex,
    Step,
    Transform,
    Variable,
    Wildcard,
    walk,
)
from tobiishi.expr.language.tree import (
    Lambda as LambdaNode,
)
from tobiishi.expr.language.tuples import compile_any_path, compile_stream
from tobiishi.expr.language.values import Constructed, Sequence, Value, is_function, settle

_CALL_WEIGHT: Final = 8
"""What a call of a lambda costs beside its body."""


_MOST_REGEXES: Final = 250_000
"""Instructions of RE2's in all regular expressions together: some 20 MB, and 100 ms to compile."""


class Compiler:
    """Compiles one tree.

    `bound` are the names that it binds itself, anywhere; `parameters` those that the frame is sure to have.
    """

    def __init__(self, bound: frozenset[str]) -> None:
        self.bound = bound
        self.count = 0
        self.regexes = 0
        self.level = 0
        self.parameters: frozenset[str] = frozenset()

    def compile(self, node: Node) -> Closure:
        """Return what evaluates a node."""
        self.count += 1
        self.level += 1
        closure = _METHODS[type(node)](self, node)
        self.level -= 1
        return closure

    @contextlib.contextmanager
    def inner_frame(self, parameters: Iterable[str] = ()) -> Iterator[None]:
        """Compile what is evaluated in a frame of its own, which is sure to have the parameters."""
        outer, self.parameters = self.parameters, frozenset(parameters)
        yield
        self.parameters = outer

    def compile_last(self, node: Node) -> Closure:
        """Return what evaluates a node in the last place of a function: a call of a lambda comes back unmade."""
        if not isinstance(node, Call | Condition | Block):
            return self.compile(node)
        self.count += 1
        self.level += 1
        match node:
            case Call():
                closure = self.call(node, last=True)
            case Condition():
                closure = self.condition(node, self.compile_last)
            case Block():
                closure = self.block(node, self.compile_last)
        self.level -= 1
        return closure

    def compile_step_node(self, node: Node) -> Closure:
        """Return what evaluates a step's node for one item."""
        return self.compile(Path([Step(node)]) if isinstance(node, Name) else node)

    # -- values --------------------------------------------------------------------------------------------------------
    def literal(self, node: Literal) -> Closure:
        value = node.value
        return lambda _item, _frame, _evaluation: value

    def regex(self, node: Regex) -> Closure:
        value = compile_regex(node.pattern, node.flags, node.position)
        self.regexes += value.bulk
        if self.regexes > _MOST_REGEXES:
            raise JsonataError("S0500", "The regular expressions are too large", node.position)
        return lambda _item, _frame, _evaluation: value

    def variable(self, node: Variable) -> Closure:
        if node.name == "":
            return lambda item, _frame, _evaluation: item[0] if type(item) is Whole else item
        if node.name == "$":
            return lambda _item, _frame, evaluation: evaluation.input
        name, otherwise = node.name, BUILTINS.get(node.name, MISSING)
        if name in self.parameters:
            return lambda _item, frame, _evaluation: frame[name]
        if name in self.bound:
            return _bound_variable(name, otherwise)
        return lambda _item, _frame, evaluation: evaluation.variables.get(name, otherwise)

    def parent(self, node: Parent) -> Closure:
        assert node.slot is not None
        return _bound_variable(node.slot.label, MISSING)

    def wildcard(self, _node: Wildcard) -> Closure:
        return lambda item, _frame, evaluation: settle(wildcard(item, evaluation))

    def descendants(self, _node: Descendants) -> Closure:
        return lambda item, _frame, evaluation: settle(descendants(item, evaluation))

    def array(self, node: Array) -> Closure:
        items = [(self.compile(item), _is_array(item)) for item in node.items]
        made = Constructed if node.whole else list

        def construct(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            found: list[Value] = made()
            for closure, nested in items:
                value = closure(item, frame, evaluation)
                if isinstance(value, list) and not nested:
                    found.extend(value)
                elif value is not MISSING:
                    found.append(value)
            if len(found) > len(items):
                evaluation.spend(len(found))
                evaluation.grow(len(found))
            return found

        return construct

    # -- operators -----------------------------------------------------------------------------------------------------
    def binary(self, node: Binary) -> Closure:
        if node.operator == "~>":
            return self._application(node)
        if node.operator in {"and", "or"}:
            return self._logical(node)
        if node.operator in {"?:", "??"}:
            return self._default(node)
        first, chain = _spine(node)
        compiled = [(OPERATIONS[part.operator], self.compile(part.right), part.position) for part in chain]
        start = self.compile(first)
        if len(chain) > 1 and all(part.operator == "&" for part in chain):
            return joining([start, *(right for _, right, _ in compiled)])
        if len(compiled) > 1:
            return chaining(start, compiled)
        return quick_operation(node, start, compiled[0][1]) or operating(start, *compiled[0])

    def _logical(self, node: Binary) -> Closure:
        first, chain = _spine(node)
        parts = [self.compile(first), *(self.compile(part.right) for part in chain)]
        decisive = node.operator == "or"

        def decide(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            for part in parts:
                value = part(item, frame, evaluation)
                if (value if value is True or value is False else truth(value, evaluation)) is decisive:
                    return decisive
            return not decisive

        return decide

    def _default(self, node: Binary) -> Closure:
        left, right = self.compile(node.left), self.compile(node.right)
        only_missing = node.operator == "??"

        def choose(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            value = left(item, frame, evaluation)
            good = value is not MISSING if only_missing else truth(value, evaluation)
            return value if good else right(item, frame, evaluation)

        return choose

    def negative(self, node: Negative) -> Closure:
        operand = self.compile(node.operand)

        def negate(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            return negative(operand(item, frame, evaluation))

        return located(negate, node.position)

    def condition(self, node: Condition, last: Callable[[Node], Closure] | None = None) -> Closure:
        branch = last or self.compile
        test, then = self.compile(node.test), branch(node.then)
        otherwise = _nothing if node.otherwise is None else branch(node.otherwise)

        def choose(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            value = test(item, frame, evaluation)
            if value is True or (value is not False and truth(value, evaluation)):
                return then(item, frame, evaluation)
            return otherwise(item, frame, evaluation)

        return choose

    def block(self, node: Block, last: Callable[[Node], Closure] | None = None) -> Closure:
        if not node.expressions:
            return _nothing
        if len(node.expressions) == 1 and not _binds_within(node):
            return (last or self.compile)(node.expressions[0])
        with self.inner_frame():
            before = [self.compile(expression) for expression in node.expressions[:-1]]
            result = (last or self.compile)(node.expressions[-1])

        def evaluate(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            inner: Frame = {"": frame}
            for expression in before:
                expression(item, inner, evaluation)
            return result(item, inner, evaluation)

        return evaluate

    def bind(self, node: Bind) -> Closure:
        name, value_of = node.name, self.compile(node.value)

        def bind(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            frame[name] = value = value_of(item, frame, evaluation)
            return value

        return bind

    # -- functions -----------------------------------------------------------------------------------------------------
    def function(self, node: LambdaNode) -> Closure:
        before, level = self.count, self.level
        self.level = 0
        with self.inner_frame(node.parameters):
            body = self.compile_last(node.body)
        self.level = level
        signature = None if node.signature is None else parse_signature(node.signature)
        code = Code(tuple(node.parameters), signature, body, self.count - before + _CALL_WEIGHT)
        return lambda item, frame, _evaluation: Lambda(code, item, frame)

    def call(self, node: Call, *, last: bool = False, first: Closure | None = None) -> Closure:
        if node.partial:
            return self._partial(node)
        procedure = self.compile(node.procedure)
        arguments = [self.compile(argument) for argument in node.arguments]
        if first is not None:
            arguments = [first, *arguments]
        misnamed = _name_of(node.procedure)
        level, position = self.level, node.position
        builtin = self._builtin(node.procedure)
        if builtin is not None:
            return _calling(builtin, arguments, position)

        def call(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            function = procedure(item, frame, evaluation)
            if function is MISSING and misnamed and _is_bound(misnamed, frame, evaluation):
                message = f"Attempted to invoke a non-function. Did you mean ${misnamed}?"
                raise JsonataError("T1005", message, position, token=misnamed)
            values = [argument(item, frame, evaluation) for argument in arguments]
            if last and type(function) is Lambda:
                return TailCall(function, values, item)
            depth = evaluation.depth
            evaluation.depth = depth + level
            if depth + level >= evaluation.limits.depth:
                raise BudgetSpentError("depth")
            try:
                value = invoke(function, values, item, evaluation)
            except JsonataError as error:
                if error.position is None:
                    error.position = position
                raise
            evaluation.depth = depth
            return value

        return call

    def _builtin(self, procedure: Node) -> Builtin | None:
        """Return the function that a call surely means, if it calls no other function."""
        if not isinstance(procedure, Variable) or procedure.name in self.bound:
            return None
        builtin = BUILTINS.get(procedure.name)
        return None if builtin is None or builtin.calls_functions else builtin

    def _partial(self, node: Call) -> Closure:
        procedure = self.compile(node.procedure)
        arguments = [
            _nothing if isinstance(argument, Placeholder) else self.compile(argument) for argument in node.arguments
        ]
        holes = tuple(place for place, argument in enumerate(node.arguments) if isinstance(argument, Placeholder))
        misnamed, position = _name_of(node.procedure), node.position

        def apply(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            function = procedure(item, frame, evaluation)
            if not is_function(function):
                if function is MISSING and misnamed and _is_bound(misnamed, frame, evaluation):
                    message = f"Attempted to partially apply a non-function. Did you mean ${misnamed}?"
                    raise JsonataError("T1007", message, position, token=misnamed)
                raise JsonataError("T1008", "Attempted to partially apply a non-function", position)
            return Partial(function, [argument(item, frame, evaluation) for argument in arguments], holes, item)

        return apply

    def _application(self, node: Binary) -> Closure:
        right = node.right
        if isinstance(right, Kept):
            return self.compile(Kept(Binary("~>", node.left, right.subject, position=node.position)))
        if isinstance(right, Filtered) and isinstance(right.step.node, Call):
            applied = Binary("~>", node.left, right.step.node, position=node.position)
            return self.compile(Filtered(replace(right.step, node=applied)))
        left = self.compile(node.left)
        if isinstance(right, Call) and not right.partial:
            self.count += 1
            return self.call(right, first=left)
        function_of, position = self.compile(right), node.position

        def apply(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            value = left(item, frame, evaluation)
            function = function_of(item, frame, evaluation)
            if not is_function(function):
                message = "The right side of the function application operator ~> must be a function"
                raise JsonataError("T2006", message, position, value=function)
            if is_function(value):
                return Composition(value, function)
            return invoke(function, [value], item, evaluation)

        return apply

    # -- around other nodes --------------------------------------------------------------------------------------------
    def grouped(self, node: Grouped) -> Closure:
        subject, group = self.compile(node.subject), compile_group(self, node.pairs)
        return lambda item, frame, evaluation: grouped(group, subject(item, frame, evaluation), frame, evaluation)

    def filtered(self, node: Filtered) -> Closure:
        if not node.step.tuples:
            return compile_filtered(self, node)
        with self.inner_frame():
            stream = compile_stream(self, node)
        return lambda item, frame, evaluation: settle([value for value, _ in stream(item, frame, evaluation)])

    def focused(self, node: Focused) -> Closure:
        return self.compile(node.subject)

    def kept(self, node: Kept) -> Closure:
        subject = self.compile(node.subject)
        wraps = isinstance(node.subject, Filtered | Call | Binary)

        def keep(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
            value = subject(item, frame, evaluation)
            if value is MISSING or isinstance(value, list) or not wraps:
                return value
            return Sequence([value], stays=True)

        return keep


def _calling(builtin: Builtin, arguments: list[Closure], position: int) -> Closure:
    """Return a call of a function of the library. The caller's variables may not go by its name."""
    body, pays, check = builtin.body, builtin.pays, builtin.signature.check

    def call(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        given: Items[Value] = [argument(item, frame, evaluation) for argument in arguments]
        if builtin.name in evaluation.variables:
            raise JsonataError("T1006", "Attempted to invoke a non-function", position)
        evaluation.steps = steps = evaluation.steps + COST
        if steps > evaluation.limits.steps:
            raise BudgetSpentError("steps")
        try:
            given = check(given, item[0] if type(item) is Whole else item, evaluation, builtin.name)
            value = body(evaluation, *given) if pays else body(*given)
        except JsonataError as error:
            if error.position is None:
                error.position = position
            raise
        return settled(value)

    return call


def _nothing(_item: Value, _frame: Frame, _evaluation: Evaluation) -> Value:
    return MISSING


def _bound_variable(name: str, otherwise: Value) -> Closure:
    """Return what looks a name up from frame to frame."""

    def look_up(item: Value, frame: Frame, evaluation: Evaluation) -> Value:  # noqa: ARG001 - the shape of all
        around: Frame | None = frame
        while around is not None:
            if name in around:
                return around[name]
            around = around[""]
        return evaluation.variables.get(name, otherwise)

    return look_up


def _is_bound(name: str, frame: Frame, evaluation: Evaluation) -> bool:
    around: Frame | None = frame
    while around is not None:
        if name in around:
            return True
        around = around[""]
    return name in evaluation.variables or name in BUILTINS


def _name_of(node: Node) -> str:
    """Return the name if a node is one: a function whose `$` was forgotten."""
    if isinstance(node, Path) and len(node.steps) == 1 and isinstance(node.steps[0].node, Name):
        return node.steps[0].node.value
    return ""


def _is_array(node: Node) -> bool:
    return isinstance(node, Array) or (isinstance(node, Filtered) and isinstance(node.step.node, Array))


def _binds_within(node: Node) -> bool:
    """Say whether a node binds a name in the frame in which it stands."""
    return any(isinstance(part, Bind) for part in walk(node))


def _spine(node: Binary) -> tuple[Node, list[Binary]]:
    """Return the leftmost operand of a chain of operators that are evaluated alike, and the operators in order."""
    chain = [node]
    while isinstance(left := chain[-1].left, Binary) and _alike(left.operator, node.operator):
        chain.append(left)
    return chain[-1].left, chain[::-1]


def _alike(first: str, second: str) -> bool:
    return first == second if second in {"and", "or"} else first in OPERATIONS


_METHODS: Final[dict[type[Node], Callable[[Compiler, Any], Closure]]] = {
    Literal: Compiler.literal,
    Regex: Compiler.regex,
    Variable: Compiler.variable,
    Parent: Compiler.parent,
    Wildcard: Compiler.wildcard,
    Descendants: Compiler.descendants,
    Array: Compiler.array,
    Object: compile_object,
    Binary: Compiler.binary,
    Negative: Compiler.negative,
    Condition: Compiler.condition,
    Block: Compiler.block,
    Bind: Compiler.bind,
    LambdaNode: Compiler.function,
    Call: Compiler.call,
    Transform: compile_transform,
    Path: compile_any_path,
    Grouped: Compiler.grouped,
    Filtered: Compiler.filtered,
    Focused: Compiler.focused,
    Kept: Compiler.kept,
}
