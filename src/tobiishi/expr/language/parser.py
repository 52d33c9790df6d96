"""Tokens to a tree, by binding powers (a Pratt parser).

Theory of operation. `_expression(power)` reads an operand and then every operator that binds tighter than `power`. An
operator at the beginning of an operand is looked up in `_PREFIXES`, one behind an operand in `_INFIXES`. Paths are put
together as they are read: `a.b[0].c` is one `Path` of three steps, and what stands behind a path belongs to its
last step.
"""

from collections.abc import Callable
from typing import Final

from tobiishi.expr.language.ancestry import resolve
from tobiishi.expr.language.errors import JsonataError, shown
from tobiishi.expr.language.functions.signature import parse_signature
from tobiishi.expr.language.lexer import Lexer, Token
from tobiishi.expr.language.tree import (
    Array,
    Binary,
    Bind,
    Block,
    Call,
    Condition,
    Descendants,
    Filter,
    Filtered,
    Focused,
    Grouped,
    Index,
    Kept,
    Lambda,
    Literal,
    Name,
    Negative,
    Node,
    Object,
    Pairs,
    Parent,
    Path,
    Placeholder,
    Regex,
    Sort,
    Step,
    Transform,
    Variable,
    Wildcard,
)

MAX_NESTING: Final = 80
"""How deep expressions may stand within one another, so that neither parser nor closures run out of Python's stack."""

POWERS: Final = {
    **dict.fromkeys(("[", "(", "@", "#"), 80),
    ".": 75,
    "{": 70,
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(("+", "-", "&"), 50),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "in", "^", "~>", "?:", "??"), 40),
    "and": 30,
    "or": 25,
    "?": 20,
    ":=": 10,
}
"""How tightly an operator binds what stands before it."""

_UNKNOWN: Final = ("!", "~")
_OPERAND_WORDS: Final = ("and", "or", "in")
_OPERAND_SIGNS: Final = ("*", "**", "%", ")", "]", "}", *_OPERAND_WORDS)
"""Operators that end an operand, as every token that is no operator does: a slash behind one divides."""


def parse(text: str) -> Node:
    """Return the tree. Raises `JsonataError` with a code that begins with S0."""
    parser = _Parser(text)
    tree = parser.whole()
    resolve(tree)
    return tree


class _Parser:
    """`_token` is the next token, not yet taken. `_late` are errors about meaning: those about syntax go first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lexer = Lexer(text)
        self._nesting = 0
        self._late: list[JsonataError] = []
        self._token = self._lexer.next(operand=True)

    def whole(self) -> Node:
        tree = self._expression(0)
        if self._token.kind != "end":
            raise self._error("S0201", f"Syntax error: {shown(self._token.value)}")
        if self._late:
            raise self._late[0]
        return tree

    # -- tokens --------------------------------------------------------------------------------------------------------
    def _error(self, code: str, message: str, token: Token | None = None) -> JsonataError:
        token = token or self._token
        return JsonataError(code, message, token.start, token=token.value)

    def _take(self) -> Token:
        token = self._token
        self._token = self._lexer.next(operand=token.kind == "operator" and token.value not in _OPERAND_SIGNS)
        return token

    def _at(self, symbol: str) -> bool:
        return self._token.kind == "operator" and self._token.value == symbol

    def _accept(self, symbol: str) -> bool:
        if self._at(symbol):
            self._take()
            return True
        return False

    def _expect(self, symbol: str) -> None:
        if self._accept(symbol):
            return
        if self._token.kind == "end":
            raise self._error("S0203", f"Expected {shown(symbol)} before end of expression")
        raise self._error("S0202", f"Expected {shown(symbol)}, got {shown(self._token.value)}")

    # -- expressions ---------------------------------------------------------------------------------------------------
    def _expression(self, power: int) -> Node:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self._error("S0500", "The expression is nested too deeply")
        left = self._operand(self._take())
        while self._token.kind == "operator":
            token = self._token
            if token.value in _UNKNOWN:
                raise self._error("S0204", f"Unknown operator: {shown(token.value)}")
            if POWERS.get(token.value, 0) <= power:
                break
            left = self._infix(self._take(), left)
        self._nesting -= 1
        return left

    def _operand(self, token: Token) -> Node:
        match token.kind:
            case "operator":
                return self._prefix(token)
            case "name":
                return _path(Step(Name(token.value, position=token.start), position=token.start))
            case "variable":
                return Variable(token.value, position=token.start)
            case "regex":
                return Regex(*token.value, position=token.start)
            case "end":
                raise self._error("S0207", "Unexpected end of expression", token)
            case _:
                return Literal(token.value, position=token.start)

    def _prefix(self, token: Token) -> Node:
        if token.value in _OPERAND_WORDS:
            return _path(Step(Name(token.value, position=token.start), position=token.start))
        if token.value in _UNKNOWN:
            raise self._error("S0204", f"Unknown operator: {shown(token.value)}", token)
        method = _PREFIXES.get(token.value)
        if method is None:
            message = f"The symbol {shown(token.value)} cannot be used as a unary operator"
            raise self._error("S0211", message, token)
        return method(self, token)

    def _infix(self, token: Token, left: Node) -> Node:
        method = _INFIXES.get(token.value)
        if method is not None:
            return method(self, token, left)
        right = self._expression(POWERS[token.value])
        return Binary(token.value, left, right, position=token.start)

    # -- prefixes ------------------------------------------------------------------------------------------------------
    def wildcard(self, token: Token) -> Node:
        return _path(Step(Wildcard(position=token.start), position=token.start))

    def descendants(self, token: Token) -> Node:
        return _path(Step(Descendants(position=token.start), position=token.start))

    def parent(self, token: Token) -> Node:
        return _path(Step(Parent(position=token.start), position=token.start))

    def negative(self, token: Token) -> Node:
        operand = self._expression(70)
        if isinstance(operand, Literal) and type(operand.value) in {int, float}:
            return Literal(-operand.value, position=token.start)
        return Negative(operand, position=token.start)

    def block(self, token: Token) -> Node:
        expressions = []
        while not self._at(")"):
            expressions.append(self._expression(0))
            if not self._accept(";"):
                break
        self._expect(")")
        return Block(expressions, position=token.start)

    def array(self, token: Token) -> Node:
        items: list[Node] = []
        if not self._at("]"):
            items.append(self._array_item())
            while self._accept(","):
                items.append(self._array_item())
        self._expect("]")
        return Array(items, position=token.start)

    def _array_item(self) -> Node:
        item = self._expression(0)
        token = self._token
        if not self._accept(".."):
            return item
        return Binary("..", item, self._expression(0), position=token.start)

    def object(self, token: Token) -> Node:
        return Object(self._pairs(), position=token.start)

    def _pairs(self) -> Pairs:
        pairs: Pairs = []
        if not self._at("}"):
            pairs.append(self._pair())
            while self._accept(","):
                pairs.append(self._pair())
        self._expect("}")
        return pairs

    def _pair(self) -> tuple[Node, Node]:
        key = self._expression(0)
        self._expect(":")
        return key, self._expression(0)

    def transform(self, token: Token) -> Node:
        pattern = self._expression(0)
        self._expect("|")
        update = self._expression(0)
        delete = self._expression(0) if self._accept(",") else None
        self._expect("|")
        return Transform(pattern, update, delete, position=token.start)

    # -- infixes -------------------------------------------------------------------------------------------------------
    def dot(self, token: Token, left: Node) -> Node:
        right = self._expression(POWERS["."])
        path = left if isinstance(left, Path) else Path(_as_steps(left), position=token.start)
        further = _as_steps(right)
        for step in (path.steps[0], *further):
            self._name(step)
        path.steps += further
        return path

    def _name(self, step: Step) -> None:
        """Take a text that is a step for the name; any other literal is an error."""
        node = step.node
        if not isinstance(node, Literal):
            return
        if isinstance(node.value, str):
            step.node = Name(node.value, position=node.position)
            return
        message = f"The literal value {shown(node.value)} cannot be used as a step within a path expression"
        self._late.append(JsonataError("S0213", message, node.position))

    def bracket(self, token: Token, left: Node) -> Node:
        if self._accept("]"):
            return _kept(left)
        predicate = Filter(self._expression(0), position=token.start)
        self._expect("]")
        if isinstance(left, Path):
            left.steps[-1].stages.append(predicate)
            return left
        if isinstance(left, Grouped):
            self._late.append(self._error("S0209", "A predicate cannot follow a grouping expression in a step", token))
        return _filtered(left, predicate)

    def group(self, token: Token, left: Node) -> Node:
        if isinstance(left, Grouped) or (isinstance(left, Path) and left.group is not None):
            self._late.append(self._error("S0210", "Each step can only have one grouping expression", token))
        pairs = self._pairs()
        if isinstance(left, Path):
            left.group = pairs
            return left
        return Grouped(left, pairs, position=token.start)

    def order(self, token: Token, left: Node) -> Node:
        self._expect("(")
        terms = [self._term()]
        while self._accept(","):
            terms.append(self._term())
        self._expect(")")
        path = left if isinstance(left, Path) else Path(_as_steps(left), position=left.position)
        path.steps.append(Step(Sort(terms, position=token.start), position=token.start))
        return path

    def _term(self) -> tuple[bool, Node]:
        descends = self._accept(">")
        if not descends:
            self._accept("<")
        return descends, self._expression(0)

    def _bound_name(self, token: Token, power: int) -> str:
        right = self._expression(power)
        if not isinstance(right, Variable):
            message = f"The right side of {shown(token.value)} must be a variable name (start with $)"
            raise self._error("S0214", message, token)
        return right.name

    def focus(self, token: Token, left: Node) -> Node:
        name = self._bound_name(token, POWERS["@"])
        step = left.steps[-1] if isinstance(left, Path) else None
        if isinstance(left, Filtered) or (step is not None and step.stages):
            message = "A context variable binding must precede any predicates on a step"
            self._late.append(self._error("S0215", message, token))
        if step is None:
            return Focused(left, name, position=token.start)
        if isinstance(step.node, Sort):
            message = "A context variable binding must precede the 'order-by' clause on a step"
            self._late.append(self._error("S0216", message, token))
        step.focus = name
        return left

    def position(self, token: Token, left: Node) -> Node:
        name = self._bound_name(token, POWERS["#"])
        path = left if isinstance(left, Path) else Path(_as_steps(left), position=left.position)
        step = path.steps[-1]
        if step.stages:
            step.stages.append(Index(name, position=token.start))
        else:
            step.index = name
        return path

    def bind(self, token: Token, left: Node) -> Node:
        if not isinstance(left, Variable):
            raise self._error("S0212", "The left side of := must be a variable name (start with $)", token)
        value = self._expression(POWERS[":="] - 1)
        return Bind(left.name, value, position=token.start)

    def condition(self, token: Token, left: Node) -> Node:
        then = self._expression(0)
        otherwise = self._expression(0) if self._accept(":") else None
        return Condition(left, then, otherwise, position=token.start)

    def call(self, token: Token, left: Node) -> Node:
        arguments: list[Node] = []
        if not self._at(")"):
            arguments.append(self._argument())
            while self._accept(","):
                arguments.append(self._argument())
        self._expect(")")
        if _names_lambda(left):
            return self._lambda(token, arguments)
        return Call(left, arguments, position=token.start)

    def _argument(self) -> Node:
        token = self._token
        if self._accept("?"):
            return Placeholder(position=token.start)
        return self._expression(0)

    def _lambda(self, token: Token, arguments: list[Node]) -> Node:
        names = []
        for number, argument in enumerate(arguments, 1):
            if not isinstance(argument, Variable):
                message = f"Parameter {number} of function definition must be a variable name (start with $)"
                raise JsonataError("S0208", message, argument.position)
            names.append(argument.name)
        signature = self._signature() if self._at("<") else None
        self._expect("{")
        body = self._expression(0)
        self._expect("}")
        return Lambda(names, signature, body, position=token.start)

    def _signature(self) -> str:
        """Return the text of a signature, which has a grammar of its own: up to the bracket that closes it."""
        start, depth = self._token.start, 0
        for position in range(start, len(self._text)):
            depth += {"<": 1, ">": -1}.get(self._text[position], 0)
            if depth == 0:
                self._lexer.position = position + 1
                parse_signature(self._text[start : position + 1])
                self._token = self._lexer.next(operand=False)
                return self._text[start : position + 1]
        self._lexer.position = len(self._text)
        self._token = self._lexer.next(operand=False)
        raise self._error("S0203", 'Expected ">" before end of expression')


_PREFIXES: Final[dict[str, Callable[[_Parser, Token], Node]]] = {
    "*": _Parser.wildcard,
    "**": _Parser.descendants,
    "%": _Parser.parent,
    "-": _Parser.negative,
    "(": _Parser.block,
    "[": _Parser.array,
    "{": _Parser.object,
    "|": _Parser.transform,
}

_INFIXES: Final[dict[str, Callable[[_Parser, Token, Node], Node]]] = {
    ".": _Parser.dot,
    "[": _Parser.bracket,
    "{": _Parser.group,
    "(": _Parser.call,
    "^": _Parser.order,
    "@": _Parser.focus,
    "#": _Parser.position,
    ":=": _Parser.bind,
    "?": _Parser.condition,
}


def _path(step: Step) -> Path:
    return Path([step], position=step.position)


def _names_lambda(node: Node) -> bool:
    return node in (_path(Step(Name("function"))), _path(Step(Name("λ"))))


def _kept(left: Node) -> Node:
    """Return a node that stays an array, however few items it has."""
    if isinstance(left, Path):
        left.steps[-1].keep = True
        return left
    return left if isinstance(left, Kept) else Kept(left, position=left.position)


def _filtered(left: Node, predicate: Filter) -> Node:
    """Return something other than a path with one more filter. What keeps it an array is kept outermost."""
    if isinstance(left, Kept):
        return Kept(_filtered(left.subject, predicate), position=left.position)
    if isinstance(left, Filtered):
        left.step.stages.append(predicate)
        return left
    return Filtered(Step(left, [predicate], position=left.position), position=predicate.position)


def _as_steps(node: Node) -> list[Step]:
    """Return a node as steps of a path: what stands around it becomes the step's own."""
    match node:
        case Path():
            return node.steps
        case Kept():
            step = _as_steps(node.subject)[0]
            step.keep = True
            return [step]
        case Filtered():
            return [node.step]
        case Focused():
            return [Step(node.subject, focus=node.name, position=node.position)]
        case _:
            return [Step(node, position=node.position)]
