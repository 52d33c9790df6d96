"""JSONata 2.0.6, our own: text to tree to closures over Python values, under a budget.

https://docs.jsonata.org. Read in this order: `values` (what an expression computes with), `lexer`, `parser`, `tree`,
`compiler`, `evaluation` (the budget and what one evaluation knows), `functions`.
"""

from tobiishi.expr.language.program import Program, compile_expression

__all__ = ["Program", "compile_expression"]
