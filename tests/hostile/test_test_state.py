"""Whatever somebody puts to the test, the answer is an answer or a refusal that AWS has a name for."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.teststate.conftest import INNER, Lab, failing, mocked
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.engine.errors import InvalidInputError, RefusedError
from tobiishi.teststate.errors import UnsupportedStateError

_scalars = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**30, "", "$", "$.a", "$$.Map", "{% $states.input %}", "{% $x %}"]
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b.$", "Key"]), inner, max_size=3)
    ),
    max_leaves=5,
)
_fields = st.dictionaries(
    st.sampled_from(
        ["InputPath", "Parameters", "ResultPath", "Output", "Assign", "ItemsPath", "ItemSelector", "Cause"]
    ),
    _values,
    max_size=2,
)
_limits = st.dictionaries(
    st.sampled_from(["MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"]),
    st.sampled_from(["$", "$.a", "$$.State"]),
    max_size=2,
)
_kinds: list[dict[str, Any]] = [
    {"Type": "Pass", "End": True},
    {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "StateName"},
    {"Type": "Wait", "SecondsPath": "$.a", "End": True},
    {"Type": "Fail"},
    {"Type": "Parallel", "Branches": [INNER], "End": True},
    {"Type": "Map", "ItemProcessor": INNER, "End": True},
    {
        "Type": "Map",
        "ItemProcessor": {**INNER, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}},
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"MaxItemsPath": "$.a"}},
        "ItemBatcher": {"MaxItemsPerBatchPath": "$.a"},
        "End": True,
    },
]
_states = st.builds(
    lambda kind, fields, limits, language: {**kind, **fields, **(limits if kind["Type"] == "Map" else {}), **language},
    st.sampled_from(_kinds),
    _fields,
    _limits,
    st.sampled_from([{}, {"QueryLanguage": "JSONata"}]),
)
_params = st.fixed_dictionaries(
    {},
    optional={
        "mock": st.just(failing("E")) | st.builds(mocked, _values, st.sampled_from(["STRICT", "NONE"])),
        "context": _values,
        "variables": _values,
        "stateConfiguration": st.fixed_dictionaries(
            {},
            optional={
                "retrierRetryCount": st.integers(0, 2**31 - 1),
                "mapIterationFailureCount": st.integers(0, 3),
                "mapItemReaderData": st.sampled_from(["[1, 2]", "{}", "", "x"]),
            },
        ),
    },
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_states, st.one_of(_values, st.just({"a": 1}), st.just({"a": [1, 2]})), _params)
def test_every_test_ends(state: dict[str, Any], given_input: Any, params: dict[str, Any]) -> None:
    status = asyncio.run(_status(state, given_input, params))

    assert status in {"SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR", "refused"}


async def _status(state: dict[str, Any], given_input: Any, params: dict[str, Any]) -> str:
    lab = Lab()
    try:
        answer = await lab.while_time_passes(lab.test(state, given_input, **params))
    except (InvalidDefinitionError, InvalidInputError, RefusedError, UnsupportedStateError):
        return "refused"
    return str(answer["status"])
