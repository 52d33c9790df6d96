"""The commands put together, and the one place where whatever ends a command becomes words and an exit code."""

import io
import os
import sys
from typing import Annotated, Any, Final

import typer

from tobiishi import __version__
from tobiishi.cli import eval as evaluation
from tobiishi.cli import executions, graph, history, resume, run, serve, validate
from tobiishi.cli.errors import UNUSABLE, Finished, UserError
from tobiishi.engine.errors import EngineError
from tobiishi.store.contract import StoreError

_UsageError: Final[Any] = typer.BadParameter.__mro__[2]
"""What typer raises for flags that it cannot take; releases differ in the package that it comes from."""

app = typer.Typer(
    name="tobiishi",
    help="Durable workflows, compatible with AWS Step Functions, on your own machines.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    run.run,
    resume.resume,
    serve.serve,
    executions.executions,
    history.history,
    validate.validate,
    graph.graph,
):
    app.command()(command)
app.command("eval")(evaluation.evaluate)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tobiishi {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Durable workflows, compatible with AWS Step Functions, on your own machines."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may hold what no text can
    code = call(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _close_stdout()
    sys.exit(code)


def call(arguments: list[str]) -> int:
    """Carry out a command line; return its exit code."""
    try:
        return int(app(arguments, prog_name="tobiishi", standalone_mode=False) or 0)
    except Finished as end:
        return end.code
    except (UserError, StoreError, EngineError) as error:
        complain(str(error))
    except _UsageError as error:
        where = error.ctx.command_path if getattr(error, "ctx", None) else "tobiishi"
        complain(f"{error.format_message().rstrip('.')}; see {where} --help")
    except BrokenPipeError:
        _close_stdout()
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return 130
    return UNUSABLE


def complain(message: str) -> None:
    """Say on standard error why a command ends."""
    typer.echo(f"tobiishi: {message}", err=True)


def _close_stdout() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere instead of complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
