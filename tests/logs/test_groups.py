"""Log groups that are named and may not be there."""

import pytest

from tests.logs.conftest import settings_for
from tobiishi.engine.errors import InvalidLoggingError
from tobiishi.logs.groups import VALIDATION_STREAM, LogGroups
from tobiishi.tasks.aws_calls import AwsCalls
from tobiishi.tasks.aws_clients import Endpoint


async def test_a_group_that_is_there(calls, group, logged):
    await LogGroups(calls).check(settings_for(group.name))
    assert logged(group) == {}


async def test_a_machine_that_is_made_leaves_a_stream(calls, group, logged):
    for _ in range(2):
        await LogGroups(calls).check(settings_for(group.name), opening=True)
    assert logged(group) == {VALIDATION_STREAM: []}


@pytest.mark.parametrize("name", ["/aws/vendedlogs/states/order", "/aws/vendedlogs/states/orders-2", "/none"])
@pytest.mark.usefixtures("group")
async def test_a_group_that_is_not_there(calls, name):
    with pytest.raises(InvalidLoggingError, match=r"^Invalid Logging Configuration: Log Destination not found\.$"):
        await LogGroups(calls).check(settings_for(name, "OFF"))


async def test_settings_without_a_group_need_none(calls):
    await LogGroups(calls).check("{}")


async def test_nobody_can_tell(free_port, caplog):
    await LogGroups(AwsCalls()).check(settings_for("/none"))
    calls = AwsCalls(Endpoint(f"http://127.0.0.1:{free_port}"))
    await LogGroups(calls).check(settings_for("/none"))
    calls.close()
    assert "cannot be found out" in caplog.text
