"""TestState: a thin face of `tobiishi.teststate`."""

from collections.abc import Mapping
from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.engine.authoring import check_role
from tobiishi.teststate.request import Request
from tobiishi.teststate.tester import StateTester
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    tester = StateTester(backend.catalogue, backend.engine.clock, backend.quotas)

    async def test_state(call: Call) -> Mapping[str, Any]:
        backend.engine.check_running()
        if "roleArn" in call.params:
            check_role(call.params["roleArn"])
        return await tester.test(Request.of(call.params, call.region, call.account))

    return {"TestState": test_state}
