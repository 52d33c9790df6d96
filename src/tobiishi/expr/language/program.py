"""A compiled expression: what the rest of the package sees of the language."""

from collections.abc import Mapping
from dataclasses import dataclass

from tobiishi.expr.language.compiler import Compiler
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Whole
from tobiishi.expr.language.functions import BUILTINS
from tobiishi.expr.language.parser import parse
from tobiishi.expr.language.tree import Bind, Index, Lambda, Node, Step, Variable, walk
from tobiishi.expr.language.values import Value


@dataclass(frozen=True, slots=True)
class Program:
    """An expression, parsed and compiled."""

    text: str
    tree: Node
    closure: Closure
    bulk: int = 0
    """What it takes of memory, in kilobytes, and of time to compile, in hundredths of a millisecond: some of each."""

    def evaluate(self, input: Value, variables: Mapping[str, Value], evaluation: Evaluation) -> Value:  # noqa: A002
        """Return the value: JSON, `MISSING`, or a function, and arrays and objects may hold functions.

        `variables` are names without `$`. Nothing that is given is changed. Raises `JsonataError`, `BudgetSpentError`.
        """
        evaluation.input = input
        evaluation.variables = variables
        try:
            return self.closure(Whole([input]) if isinstance(input, list) else input, {"": None}, evaluation)
        except RecursionError:
            raise BudgetSpentError("depth") from None
        except MemoryError:
            raise BudgetSpentError("memory") from None

    def free_variables(self) -> frozenset[str]:
        """Return the names, without `$`, that the caller has to bind: not functions, nor what the expression binds."""
        named = {node.name for node in walk(self.tree) if isinstance(node, Variable)}
        return frozenset(named - bound_names(self.tree) - {"", "$"} - BUILTINS.keys())


def compile_expression(text: str) -> Program:
    """Return the compiled expression. Raises `JsonataError` for what is no expression (codes S0... and T...)."""
    try:
        tree = parse(text)
        compiler = Compiler(bound_names(tree))
        closure = compiler.compile(tree)
        bulk = compiler.count + len(text) // 10 + compiler.regexes // 4
        return Program(text, tree, closure, bulk)
    except RecursionError:
        raise JsonataError("S0500", "The expression is nested too deeply", 0) from None


def bound_names(tree: Node) -> frozenset[str]:
    """Return the names that an expression binds anywhere: by `:=`, as parameters, by `@` and by `#`."""
    names: set[str | None] = set()
    for node in walk(tree):
        match node:
            case Bind() | Index():
                names.add(node.name)
            case Lambda():
                names.update(node.parameters)
            case Step():
                names |= {node.focus, node.index}
            case _:
                pass
    return frozenset(name for name in names if name is not None)
