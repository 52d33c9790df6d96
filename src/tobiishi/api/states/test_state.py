"""TestState: a thin face of `tobiishi.teststate`."""

from collections.abc import Mapping
from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.teststate.request import Request
from tobiishi.teststate.tester import StateTester
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    tester = StateTester(backend.catalogue, backend.engine.clock, backend.quotas)

    async def test_state(call: Call) -> Mapping[str, Any]:
        backend.engine.check_running()
        return await tester.test(Request.of(call.params, call.region, call.account))

    return {"TestState": test_state}
