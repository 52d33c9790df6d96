"""Small runs for tests that speak to the interpreter signal by signal."""

from typing import Any

from tests.language.bare import IDENTITY, START_MS, mint
from tobiishi import jsontext
from tobiishi.asl.compile import compile_definition
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Identity, Run, Step
from tobiishi.quotas import AWS, Quotas

NOW = START_MS
CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
JOB = {**CALL, "Resource": "arn:aws:states:::states:startExecution.sync", "Parameters": {"StateMachineArn": "m"}}


def workflow(**states: dict[str, Any]) -> dict[str, Any]:
    """States in a row: the first is where it starts, each leads to the one after it, the last is the end."""
    names = list(states)
    following = [{"Next": name} for name in names[1:]] + [{"End": True}]
    terminal = {"Succeed", "Fail", "Choice"}
    return {
        "StartAt": names[0],
        "States": {
            name: state if state["Type"] in terminal or "Next" in state else {**state, **next_}
            for (name, state), next_ in zip(states.items(), following, strict=True)
        },
    }


def new_run(definition: dict[str, Any], identity: Identity = IDENTITY, quotas: Quotas = AWS) -> Run:
    return Run(compile_definition(jsontext.encode_text(definition)), identity, mint, quotas=quotas)


def start(definition: dict[str, Any], given: Any = None, **apply: Any) -> tuple[Run, Step]:
    """Return a run and what its start came to."""
    run = new_run(definition)
    return run, run.apply(sig.Start(jsontext.encode_text({} if given is None else given)), NOW, seed=1, **apply)


def types(step: Step) -> list[str]:
    """Return the types of a step's history events."""
    return [entry["type"] for entry in step.entries if "_r" not in entry]


def tasks(step: Step) -> dict[str, int]:
    """Return the scheduling events of the tasks that a step starts, by state."""
    return {effect.state: effect.event for effect in step.effects if isinstance(effect, fx.StartTask)}
