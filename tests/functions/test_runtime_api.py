import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tobiishi.functions.runtime_api import Channel, Reply, Request, RuntimeApi, WorkerGoneError

REQUEST = Request(
    "id-1", b'{"a":1}', "arn:aws:lambda:us-east-1:123456789012:function:f", '{"custom":{}}', 1_700_000_000_000
)


@pytest.fixture
async def api() -> AsyncIterator[RuntimeApi]:
    server = RuntimeApi()
    await server.open()
    yield server
    await server.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def url(api: RuntimeApi, channel: Channel, path: str) -> str:
    return f"http://{api.address(channel)}/2018-06-01/runtime/{path}"


async def test_a_request_is_fetched_and_answered(api: RuntimeApi, http: aiohttp.ClientSession) -> None:
    channel = api.open_channel()
    asked = asyncio.create_task(channel.ask(REQUEST))
    async with http.get(url(api, channel, "invocation/next")) as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert await response.read() == REQUEST.payload
        headers = {name: value for name, value in response.headers.items() if name.startswith("Lambda-Runtime-")}
    trace = headers.pop("Lambda-Runtime-Trace-Id")
    assert trace.startswith("Root=1-6553f100-")
    assert headers == {
        "Lambda-Runtime-Aws-Request-Id": "id-1",
        "Lambda-Runtime-Deadline-Ms": "1700000000000",
        "Lambda-Runtime-Invoked-Function-Arn": REQUEST.arn,
        "Lambda-Runtime-Client-Context": '{"custom":{}}',
    }
    async with http.post(url(api, channel, "invocation/id-1/response"), data=b"[1]") as response:
        assert (response.status, await response.json()) == (202, {"status": "OK"})
    assert await asked == Reply(b"[1]")
    api.close_channel(channel)


async def test_an_error_is_an_answer(api: RuntimeApi, http: aiohttp.ClientSession) -> None:
    channel = api.open_channel()
    asked = asyncio.create_task(channel.ask(REQUEST))
    async with http.get(url(api, channel, "invocation/next")):
        pass
    async with http.post(url(api, channel, "invocation/id-1/error"), data=b"{}") as response:
        assert response.status == 202
    assert await asked == Reply(b"{}", failed=True)
    api.close_channel(channel)


async def test_only_the_request_in_hand_can_be_answered(api: RuntimeApi, http: aiohttp.ClientSession) -> None:
    channel = api.open_channel()
    asked = asyncio.create_task(channel.ask(REQUEST))
    for fetched, request, status in [
        (False, "id-1", 400),
        (True, "id-2", 400),
        (False, "id-1", 202),
        (False, "id-1", 400),
    ]:
        if fetched:
            async with http.get(url(api, channel, "invocation/next")):
                pass
        async with http.post(url(api, channel, f"invocation/{request}/response"), data=b"1") as response:
            assert response.status == status
    assert await asked == Reply(b"1")
    api.close_channel(channel)


async def test_nobody_gets_in_without_the_key(api: RuntimeApi, http: aiohttp.ClientSession) -> None:
    channel = api.open_channel()
    asked = asyncio.create_task(channel.ask(REQUEST))
    address = url(api, channel, "invocation/next").replace(channel.key, "guess")
    async with http.get(address) as response:
        assert response.status == 403
    api.close_channel(channel)
    async with http.get(url(api, channel, "invocation/next")) as response:
        assert response.status == 403
    with pytest.raises(WorkerGoneError):
        await asked


async def test_a_failed_start(api: RuntimeApi, http: aiohttp.ClientSession) -> None:
    channel = api.open_channel()
    for body in (b'{"errorType": "E"}', b"again"):
        async with http.post(url(api, channel, "init/error"), data=body) as response:
            assert response.status == 202
    assert await channel.started == Reply(b'{"errorType": "E"}', failed=True)


async def test_whoever_polls_when_the_worker_is_given_up_is_told(api: RuntimeApi, http: aiohttp.ClientSession) -> None:
    channel = api.open_channel()
    polling = asyncio.create_task(http.get(url(api, channel, "invocation/next")))
    await channel.started
    api.close_channel(channel)
    async with await polling as response:
        assert response.status == 410


@pytest.mark.parametrize("delivered", [False, True])
async def test_a_worker_that_is_gone_says_whether_it_had_the_request(delivered: bool) -> None:
    channel = Channel()
    asked = asyncio.create_task(channel.ask(REQUEST))
    await asyncio.sleep(0)
    if delivered:
        assert await channel.next() == REQUEST
    channel.close()
    with pytest.raises(WorkerGoneError) as error:
        await asked
    assert error.value.delivered is delivered


async def test_a_worker_that_is_gone_takes_no_request() -> None:
    channel = Channel()
    channel.close()
    with pytest.raises(WorkerGoneError) as error:
        await channel.ask(REQUEST)
    assert not error.value.delivered
