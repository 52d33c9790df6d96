"""`tobiishi eval`: try a JSONata expression out."""

from typing import Annotated

import typer


def evaluate(
    expression: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help="JSONata, with or without {% %}; @FILE for a file's text.")
    ],
    given: Annotated[
        str, typer.Option("--input", metavar="JSON|@FILE|-", help="$states.input; without {% %} also $ and its fields.")
    ] = "{}",
    variables: Annotated[
        list[str] | None, typer.Option("--var", metavar="NAME=JSON|@FILE", help="A variable; can be repeated.")
    ] = None,
    result: Annotated[str | None, typer.Option(metavar="JSON|@FILE|-", help="$states.result.")] = None,
    error_output: Annotated[str | None, typer.Option(metavar="JSON|@FILE|-", help="$states.errorOutput.")] = None,
    context: Annotated[str | None, typer.Option(metavar="JSON|@FILE|-", help="$states.context.")] = None,
    now: Annotated[
        str | None, typer.Option(metavar="TIMESTAMP", help="What $now and $millis say, such as 2026-03-14T01:59:00Z.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Where $random and $uuid begin; they differ if not given.")] = None,
) -> int:
    """Evaluate a JSONata expression within the limits that it has in a state, and print the result as JSON.

    Exit code 0: there is a result; 1: the evaluation failed; 2: it is no expression, or a flag is wrong; 3: the result
    is undefined, which in a state machine is an error.
    """
    from tobiishi.cli.trying import Trial, attempt  # noqa: PLC0415 - keeps `tobiishi --help` quick

    parts = {"input": given, "result": result, "errorOutput": error_output, "context": context}
    states = {name: text for name, text in parts.items() if text is not None}
    return attempt(Trial(expression, states, variables or [], now, seed))
