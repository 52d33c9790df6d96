"""A task that cannot be started, in AWS's words."""

from collections.abc import Sequence

from tobiishi.jsontext import encode_text
from tobiishi.tasks.contract import TaskError, TaskRequest


def unusable(request: TaskRequest, problems: Sequence[str]) -> TaskError:
    """Return the failure of a task whose arguments do not fit. `problems` are whole sentences without a full stop."""
    field = "Parameters" if isinstance(request.arguments, dict) else "Input"
    return TaskError(
        "States.Runtime",
        f"The {field} '{encode_text(request.arguments)}' could not be used to start the Task: [{', '.join(problems)}]",
    )
