"""A real AWS endpoint (moto) behind a slow door that counts who comes through."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from moto.server import ThreadedMotoServer

_DELAY_SECONDS = 0.15
_KEPT = ("x-amz", "content-t")


class Endpoint:
    """Forwards to moto. `requests` counts each SendMessage by its body.

    `arrived` is set when one comes in that has come at most `patience` times: later ones are let through.
    """

    def __init__(self, backend: str, patience: int) -> None:
        self._backend = backend
        self._patience = patience
        self.url = ""
        self.requests: Counter[str] = Counter()
        self.arrived = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("X-Amz-Target", "").endswith("SendMessage"):
            marker = json.loads(body)["MessageBody"]
            self.requests[marker] += 1
            if self.requests[marker] <= self._patience:
                self.arrived.set()
        await asyncio.sleep(_DELAY_SECONDS)
        headers = {key: value for key, value in request.headers.items() if key.lower() != "host"}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(request.method, self._backend + request.path_qs, data=body, headers=headers) as answer,
        ):
            kept = {
                key: value for key, value in answer.headers.items() if key.lower().startswith(("x-amz", "content-t"))
            }
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


@asynccontextmanager
async def endpoint(patience: int) -> AsyncIterator[Endpoint]:
    """Serve on a free loopback port."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    door = Endpoint(f"http://{host}:{port}", patience)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", door.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield door
    finally:
        await runner.cleanup()
        moto.stop()
