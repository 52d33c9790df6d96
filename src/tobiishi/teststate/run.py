"""The run of one state.

Theory of operation. The state stands in a machine of its own (`asl.single.alone`), and an ordinary `Run` walks it, one
step a signal; the test is over when the state is left, waits for a retry, or has failed. Nothing that a state does is
done here a second time. What a test adds is what came before the state (variables, retries) and, for a Parallel or a
Map, a mock in place of the children, which never run: for those, `teststate.children` takes the step.
"""

import secrets

from tobiishi import jsontext
from tobiishi.asl.model import Map, Parallel, State
from tobiishi.asl.single import alone
from tobiishi.expr.bindings import Bindings, Value
from tobiishi.interp.failure import handlers
from tobiishi.interp.frame import Failure, Frame
from tobiishi.interp.payload import Payload
from tobiishi.interp.run import Identity, Refusal, Run
from tobiishi.quotas import Quotas
from tobiishi.teststate.case import Case
from tobiishi.teststate.children import Children
from tobiishi.teststate.inspection import Inspection


class StateRun(Run):
    """A run that is there for one state."""

    def __init__(self, case: Case, identity: Identity, refusal: Refusal, quotas: Quotas) -> None:
        token = secrets.token_urlsafe(32)
        super().__init__(alone(case.state), identity, lambda _entered, _serial: token, refusal, quotas)
        self.case = case
        self.failure: Failure | None = None
        self.retrier: int | None = None
        self.catcher: int | None = None
        self.inspection = Inspection(case.state)
        if case.mock is not None and case.mock.result is not None:
            self.inspection.given(case.mock.result)
        self._children = Children(self)

    @property
    def variables(self) -> dict[str, str]:
        """The caller's variables, as JSON texts."""
        return {name: jsontext.encode_text(value) for name, value in self.case.variables.items()}

    def enter(self, frame: Frame, state: State, payload: Payload) -> None:
        """Record the entry, and put the frame where the caller wants it: this run is never folded again."""
        super().enter(frame, state, payload)
        self.inspection.given(payload)
        frame.assigned, frame.variables = self.variables, dict(self.case.variables)
        self.variables_size = frame.variables_size
        frame.retries = dict.fromkeys(range(len(state.retry)), self.case.request.retries)
        frame.attempt = self.case.request.retries

    def bindings(self, frame: Frame) -> Bindings:
        bindings = super().bindings(frame)
        bindings.trace = self.inspection.trace
        return bindings

    def context(self, frame: Frame) -> dict[str, Value]:
        """The caller's context object, or the usual one; inside a Map, as for its first iteration."""
        if self.case.context is not None:
            return dict(self.case.context)
        context = super().context(frame)
        if self.case.single.is_iterated:
            context["Map"] = {"Item": {"Index": 0, "Value": frame.input.value}}
        return context

    def where_failed(self, frame: Frame) -> str:  # noqa: ARG002 - the method's shape
        """A test's caller knows where: AWS gives the bare message."""
        return ""

    def _step(self, frame: Frame) -> None:
        state = frame.state
        if frame.result is not None:
            self.inspection.given(frame.result)
        if frame.phase == "fail":
            assert frame.error is not None
            self.failure = frame.error
            self.retrier, self.catcher = handlers(state, frame.error)
        if frame.phase != "fail" and isinstance(state, Parallel | Map):
            self._children.step(frame, state)
        else:
            super()._step(frame)


def identity_of(case: Case, machine: str, name: str, default_role: str) -> Identity:
    """Return who the execution is that never was; AWS gives both a random name."""
    request = case.request
    prefix = f"arn:aws:states:{request.region}:{request.account}"
    return Identity(
        arn=f"{prefix}:express:{machine}:{name}",
        name=name,
        machine_arn=f"{prefix}:stateMachine:{machine}",
        machine_name=machine,
        role_arn=request.role_arn or default_role,
        region=request.region,
        type="EXPRESS",
    )
