"""Rate quotas: off unless set, apart for each region and account."""

from tests.api.states.conftest import Client
from tobiishi.quotas import Rate


async def test_starts_over_the_rate_are_throttled(client: Client) -> None:
    arn = await client.create()
    client = client.limit(start_execution_rate=Rate(burst=2, per_second=1))
    for _ in range(2):
        await client.call("StartExecution", stateMachineArn=arn)
    error = await client.error("StartExecution", stateMachineArn=arn)
    assert (error.code, error.message, error.status) == ("ThrottlingException", "Rate exceeded", 400)
    client.bench.clock.advance(1000)
    await client.call("StartExecution", stateMachineArn=arn)


async def test_regions_and_accounts_have_rates_of_their_own(client: Client) -> None:
    arn = await client.create()
    client = client.limit(start_execution_rate=Rate(burst=1, per_second=1))
    for client.region, client.account in (("r-1", "1"), ("r-2", "1"), ("r-1", "2")):
        await client.call("StartExecution", stateMachineArn=arn)
        assert (await client.error("StartExecution", stateMachineArn=arn)).code == "ThrottlingException"


async def test_tests_of_states_have_a_rate(client: Client) -> None:
    client = client.limit(test_state_rate=Rate(burst=1, per_second=1))
    definition = '{"Type": "Pass", "End": true}'
    assert (await client.call("TestState", definition=definition))["status"] == "SUCCEEDED"
    assert (await client.error("TestState", definition=definition)).code == "ThrottlingException"
