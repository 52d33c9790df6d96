"""TestState, called as an operation."""

from tests.api.states.conftest import ROLE, Client
from tobiishi import jsontext

FETCH = jsontext.encode_text({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "After"})


async def test_a_state_is_tested(client: Client) -> None:
    answer = await client.call("TestState", definition=FETCH, roleArn=ROLE, input="{}", inspectionLevel="DEBUG")

    assert answer == {
        "status": "SUCCEEDED",
        "output": "null",
        "nextState": "After",
        "inspectionData": {
            "input": "{}",
            "afterInputPath": "{}",
            "afterParameters": "{}",
            "result": "null",
            "afterResultSelector": "null",
            "afterResultPath": "null",
        },
    }


async def test_nothing_of_it_is_stored(client: Client) -> None:
    await client.call("TestState", definition=FETCH, roleArn=ROLE)

    assert await client.backend.engine.store.machines() == []
    assert await client.backend.engine.store.outbox() == []


async def test_refusals_have_awss_names(client: Client) -> None:
    refused = {
        "ValidationException": {"definition": FETCH},
        "InvalidDefinition": {"definition": '{"Type": "Sleep"}'},
        "InvalidExecutionInput": {"definition": '{"Type": "Succeed"}', "input": "{"},
        "InvalidArn": {"definition": '{"Type": "Succeed"}', "roleArn": "admin"},
    }
    for code, params in refused.items():
        assert (await client.error("TestState", **params)).code == code

    branch = {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}
    parallel = jsontext.encode_text({"Type": "Parallel", "Branches": [branch], "End": True})
    assert (await client.error("TestState", definition=parallel)).code == "InvalidDefinition"


async def test_an_engine_that_stops_tests_nothing(client: Client) -> None:
    await client.backend.engine.drain(0)

    assert (await client.error("TestState", definition=FETCH, roleArn=ROLE)).code == "ServiceUnavailable"
