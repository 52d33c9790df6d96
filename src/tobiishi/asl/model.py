"""A compiled definition: what the interpreter walks. Built once by `asl.compile`, never changed, holds no run's data.

Field names follow the Amazon States Language in snake_case. A field that a definition leaves out is None, unless said
otherwise. Whatever a run must evaluate is an `Expression` already; nothing here is parsed again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from tobiishi.expr.bindings import Bindings, Expression, Value

QueryLanguage = Literal["JSONPath", "JSONata"]


class ResultPath(Protocol):
    """A compiled ResultPath: where a result goes in the raw input."""

    def insert(self, raw_input: Value, result: Value) -> Value:
        """Return a copy of `raw_input` with `result` at the path.

        Raises `EvaluationError` (`States.ResultPathMatchFailure`) where the path cannot be made.
        """


@dataclass(frozen=True, slots=True)
class Resource:
    """A Task's Resource, taken apart.

    `kind`: `lambda` is a plain function ARN, `activity` an activity ARN, `service` an optimized integration or an SDK
    call. For services `resource_type` and `resource` are what history events show: `aws-sdk:ec2` and
    `describeInstances`, `states` and `startExecution.sync:2`. `service` and `action` are their bare parts; `pattern`
    is `""` (request response), `sync`, `sync:2` or `waitForTaskToken`.
    """

    arn: str
    kind: Literal["lambda", "activity", "service"]
    service: str = ""
    action: str = ""
    pattern: Literal["", "sync", "sync:2", "waitForTaskToken"] = ""
    is_sdk: bool = False
    resource_type: str = ""
    resource: str = ""

    @property
    def has_token(self) -> bool:
        """Whether somebody outside ends its tasks by their tokens, or may: a job may report on itself."""
        return bool(self.pattern) or self.kind == "activity"

    @property
    def is_job(self) -> bool:
        """Whether its tasks are jobs that are submitted and then attended to."""
        return self.pattern.startswith("sync")


@dataclass(frozen=True, slots=True)
class Retrier:
    """One Retry entry. Seconds are as the user wrote them; defaults are AWS's."""

    error_equals: tuple[str, ...]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | None = None
    full_jitter: bool = False


@dataclass(frozen=True, slots=True)
class Catcher:
    """One Catch entry. `result_path` None puts the error output in place of the input (JSONPath's `$`)."""

    error_equals: tuple[str, ...]
    next: str
    result_path: ResultPath | None = None
    output: Expression | None = None
    assign: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What every state has. `next` is None for an end (or a Choice); `location` is its JSON pointer."""

    name: str
    type: str
    location: str
    language: QueryLanguage
    next: str | None = None
    input_path: Expression | None = None
    """None stands for `$`; `Constant({})` for null."""
    output_path: Expression | None = None
    assign: Expression | None = None
    """Evaluates to a dict of variable names to values."""
    output: Expression | None = None
    """JSONata's Output."""
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultState(State):
    """A state with a result that flows on: Pass, Task, Parallel, Map."""

    parameters: Expression | None = None
    """Parameters of JSONPath or Arguments of JSONata. A Map has none here: see `Map.item_selector`."""
    result_selector: Expression | None = None
    result_path: ResultPath | None = None
    """None stands for `$`: the result replaces the input. A null ResultPath inserts nothing and keeps the input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(ResultState):
    """`result` is None when the definition has no Result, a `Constant` otherwise."""

    result: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(ResultState):
    """Seconds evaluate to a number; `credentials` to an object."""

    resource: Resource
    timeout_seconds: Expression | None = None
    heartbeat_seconds: Expression | None = None
    credentials: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One top-level Choice rule. `test` raises `EvaluationError` for a bad path or a failed Condition."""

    test: Callable[[Bindings], bool]
    next: str
    assign: Expression | None = None
    output: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(State):
    rules: tuple[Rule, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(State):
    """Exactly one of `seconds` and `timestamp` is set. `field` is Seconds, SecondsPath, Timestamp or TimestampPath.

    `path` is the text of a SecondsPath or TimestampPath, which AWS repeats in its error messages.
    """

    seconds: Expression | None = None
    timestamp: Expression | None = None
    field: str = "Seconds"
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed(State):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(State):
    error: Expression | None = None
    cause: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(ResultState):
    branches: tuple["Workflow", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(ResultState):
    """`items` None stands for the effective input itself. `item_selector` sees Map.Item in its context."""

    processor: "Workflow"
    items: Expression | None = None
    items_field: str = "ItemsPath"
    items_path: str = ""
    item_selector: Expression | None = None
    max_concurrency: Expression | None = None
    tolerated_failure_count: Expression | None = None
    tolerated_failure_percentage: Expression | None = None
    distributed: bool = False
    execution_type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    label: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    """ItemReader, ItemBatcher and ResultWriter as written, for a distributed Map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """States with a start: a whole definition, a Parallel branch, or a Map's processor."""

    start_at: str
    states: Mapping[str, State]
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition(Workflow):
    """A whole compiled definition. `text` is what the user gave (JSON), kept for DescribeStateMachine."""

    text: str
    comment: str | None = None
    version: str = "1.0"
    language: QueryLanguage = "JSONPath"
    timeout_seconds: int | None = None
    variable_references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The variables that each state refers to, sorted, by the state's name; what DescribeStateMachine shows."""


STATE_TYPES: Final = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
"""In the order in which AWS's messages list them."""
