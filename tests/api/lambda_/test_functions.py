"""Lambda's operations over a real pool of workers and a real store."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.functions.test_packages import archive
from tobiishi.api.lambda_.backend import Backend
from tobiishi.api.lambda_.service import LambdaApi
from tobiishi.functions.catalogue import Catalogues, FunctionDirectory
from tobiishi.functions.deployed import DeployedFunctions
from tobiishi.functions.packages import Packages
from tobiishi.functions.pool import FunctionPool, PoolSettings
from tobiishi.store.sqlite import SqliteStore
from tobiishi.wire.contract import ApiError, Call
from tobiishi.wire.page_tokens import PageTokens

ROLE = "arn:aws:iam::123456789012:role/any"
ECHO = "def handler(event, context): return event"
WHERE = "import os\ndef handler(event, context): return [os.environ.get('STAGE'), os.environ['AWS_REGION']]"


class Lambda:
    """What boto3's client would be, without the wire."""

    def __init__(self, api: LambdaApi) -> None:
        self._api = api

    async def __call__(self, operation: str, region: str = "eu-west-1", **params: Any) -> dict[str, Any]:
        call = Call(operation, params, region, "123456789012", "request")
        return dict(await self._api.handlers[operation](call))

    async def create(self, name: str, source: str = ECHO, **params: Any) -> dict[str, Any]:
        given = {"FunctionName": name, "Runtime": "python3.12", "Role": ROLE, "Handler": "index.handler"} | params
        return await self("CreateFunction", Code={"ZipFile": archive({"index.py": source})}, **given)

    async def run(self, name: str, payload: Any = None, **params: Any) -> Any:
        done = await self("Invoke", FunctionName=name, Payload=json.dumps(payload).encode(), **params)
        return json.loads(done["Payload"])


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[tuple[SqliteStore, Path]]:
    store = SqliteStore(tmp_path / "store.sqlite3")
    await store.open()
    yield store, tmp_path
    await store.close()


async def opened(
    home: tuple[SqliteStore, Path], folder: FunctionDirectory | None = None
) -> tuple[Lambda, FunctionPool]:
    store, path = home
    deployed = DeployedFunctions(store, Packages(path / "packages"))
    await deployed.open()
    catalogues = Catalogues(deployed, folder) if folder else deployed
    pool = FunctionPool(catalogues, PoolSettings(), path / "workers")
    await pool.open()
    return Lambda(LambdaApi(Backend(deployed, folder, pool, PageTokens(b"secret", lambda: 0.0)))), pool


@pytest.fixture
async def aws(home: tuple[SqliteStore, Path]) -> AsyncIterator[Lambda]:
    client, pool = await opened(home)
    yield client
    await pool.close()


async def error(awaited: Any) -> tuple[str, int]:
    with pytest.raises(ApiError) as raised:
        await awaited
    assert raised.value.members["Type"] == "User"
    return raised.value.code, raised.value.status


async def test_a_function_is_made_and_run(aws: Lambda) -> None:
    made = await aws.create("echo", Tags={"team": "a"}, Timeout=30)
    assert made["FunctionArn"] == "arn:aws:lambda:eu-west-1:123456789012:function:echo"
    assert (made["State"], made["Timeout"], made["MemorySize"], made["Version"]) == ("Active", 30, 128, "$LATEST")
    assert await aws.run("echo", {"a": [1]}) == {"a": [1]}
    assert await aws.run(made["FunctionArn"], 7) == 7
    got = await aws("GetFunction", FunctionName="echo")
    assert got["Configuration"] == made
    assert got["Tags"] == {"team": "a"}


async def test_a_name_is_taken_once(aws: Lambda) -> None:
    made = await asyncio.gather(*(aws.create("one") for _ in range(3)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in made) == ["ApiError", "ApiError", "dict"]
    assert await error(aws.create("one")) == ("ResourceConflictException", 409)


async def test_regions_do_not_share_functions(aws: Lambda) -> None:
    await aws.create("f", WHERE)
    await aws.create("f", WHERE, region="us-west-2", Environment={"Variables": {"STAGE": "x"}})
    assert await aws.run("f") == [None, "eu-west-1"]
    assert await aws.run("f", region="us-west-2") == ["x", "us-west-2"]
    assert [each["FunctionName"] for each in (await aws("ListFunctions"))["Functions"]] == ["f"]
    assert await error(aws("GetFunction", region="us-east-1", FunctionName="f")) == ("ResourceNotFoundException", 404)


async def test_code_and_configuration_change(aws: Lambda) -> None:
    made = await aws.create("f", WHERE)
    assert await aws.run("f") == [None, "eu-west-1"]
    changed = await aws(
        "UpdateFunctionConfiguration", FunctionName="f", Environment={"Variables": {"STAGE": "test"}}, Timeout=9
    )
    assert (changed["Timeout"], changed["CodeSha256"]) == (9, made["CodeSha256"])
    assert await aws.run("f") == ["test", "eu-west-1"]
    updated = await aws("UpdateFunctionCode", FunctionName="f", ZipFile=archive({"index.py": ECHO}))
    assert updated["CodeSha256"] != made["CodeSha256"]
    assert await aws.run("f", "new") == "new"
    stale = aws("UpdateFunctionCode", FunctionName="f", ZipFile=archive({"i.py": ""}), RevisionId=made["RevisionId"])
    assert await error(stale) == ("PreconditionFailedException", 412)


async def test_a_deleted_function_is_gone(aws: Lambda) -> None:
    await aws.create("f")
    version = aws("DeleteFunction", FunctionName="f", Qualifier="$LATEST")
    assert await error(version) == ("InvalidParameterValueException", 400)
    assert await aws("DeleteFunction", FunctionName="f") == {"StatusCode": 204}
    for operation in ("GetFunction", "GetFunctionConfiguration", "DeleteFunction", "Invoke"):
        assert await error(aws(operation, FunctionName="f")) == ("ResourceNotFoundException", 404)


async def test_functions_are_there_after_a_restart(home: tuple[SqliteStore, Path]) -> None:
    client, pool = await opened(home)
    made = await client.create("f", Tags={"a": "b"})
    await client.create("gone", "x = 1")
    await client("DeleteFunction", FunctionName="gone")
    await pool.close()
    client, pool = await opened(home)
    assert (await client("GetFunction", FunctionName="f"))["Configuration"] == made
    assert await client.run("f", "back") == "back"
    assert len(list((home[1] / "packages").iterdir())) == 1
    await pool.close()


async def test_lists_come_in_pages(aws: Lambda) -> None:
    for name in ("c", "a", "b"):
        await aws.create(name)
    first = await aws("ListFunctions", MaxItems=2)
    second = await aws("ListFunctions", MaxItems=2, Marker=first["NextMarker"])
    assert [each["FunctionName"] for each in first["Functions"] + second["Functions"]] == ["a", "b", "c"]
    assert "NextMarker" not in second
    assert await error(aws("ListFunctions", Marker="made up")) == ("InvalidParameterValueException", 400)


async def test_invoke_answers_as_lambda(aws: Lambda) -> None:
    await aws.create("f", "def handler(event, context):\n    print('seen')\n    raise KeyError('k')")
    failed = await aws("Invoke", FunctionName="f", LogType="Tail")
    assert (failed["StatusCode"], failed["FunctionError"]) == (200, "Unhandled")
    assert json.loads(failed["Payload"])["errorType"] == "KeyError"
    assert b"seen" in base64.b64decode(failed["LogResult"])
    assert await aws("Invoke", FunctionName="f", InvocationType="DryRun") == {"StatusCode": 204}
    assert await aws("Invoke", FunctionName="f", InvocationType="Event") == {"StatusCode": 202}
    assert await error(aws("Invoke", FunctionName="f", Payload=b"{")) == ("InvalidRequestContentException", 400)
    other = aws("Invoke", FunctionName="f", Qualifier="7")
    assert await error(other) == ("ResourceNotFoundException", 404)
    large = b" " * 1024 * 1024 + b"1"
    event = aws("Invoke", FunctionName="f", Payload=large, InvocationType="Event")
    assert await error(event) == ("RequestTooLargeException", 413)
    assert (await aws("Invoke", FunctionName="f", Payload=large))["StatusCode"] == 200


async def test_the_client_context_arrives(aws: Lambda) -> None:
    await aws.create("f", "def handler(event, context): return context.client_context.custom['a']")
    given = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    assert await aws.run("f", ClientContext=given) == "b"
    for bad in ("%%", base64.b64encode(b"[]").decode(), base64.b64encode(b'{"a":"%s"}' % (b"x" * 4000)).decode()):
        refused = aws("Invoke", FunctionName="f", ClientContext=bad)
        assert await error(refused) == ("InvalidRequestContentException", 400)


@pytest.mark.parametrize(
    "params",
    [
        {"Runtime": "nodejs22.x"},
        {"Runtime": ""},
        {"Handler": ""},
        {"Handler": "nothing"},
        {"Environment": {"Variables": {"AWS_REGION": "x"}}},
        {"Environment": {"Variables": {"A": "x" * 5000}}},
        {"Environment": {"Variables": {"A": "\0"}}},
        {"Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:l:1"]},
        {"Publish": True},
        {"PackageType": "Image"},
        {"FunctionName": "no/name"},
        {"FunctionName": "name:qualified"},
    ],
)
async def test_what_cannot_run_is_refused(aws: Lambda, params: Mapping[str, Any]) -> None:
    given = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE} | dict(params)
    refused = aws("CreateFunction", Code={"ZipFile": archive({"index.py": ECHO})}, **given)
    assert await error(refused) == ("InvalidParameterValueException", 400)
    assert await aws("ListFunctions") == {"Functions": []}


async def test_code_must_come_with_the_request(aws: Lambda) -> None:
    for code in ({"S3Bucket": "b", "S3Key": "k"}, {"ZipFile": b"no zip"}):
        given = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE}
        assert (await error(aws("CreateFunction", Code=code, **given)))[0] == "InvalidParameterValueException"


async def test_the_servers_own_folder_is_shown_and_run_but_not_changed(home: tuple[SqliteStore, Path]) -> None:
    folder = home[1] / "functions"
    folder.mkdir()
    (folder / "mine.py").write_text(ECHO)
    client, pool = await opened(home, FunctionDirectory(folder))
    await client.create("theirs")
    assert [each["FunctionName"] for each in (await client("ListFunctions"))["Functions"]] == ["mine", "theirs"]
    assert (await client("GetFunction", FunctionName="mine"))["Configuration"]["Handler"] == "mine.handler"
    assert await client.run("mine", 1) == 1
    assert await error(client.create("mine")) == ("ResourceConflictException", 409)
    for operation in ("DeleteFunction", "UpdateFunctionConfiguration"):
        assert await error(client(operation, FunctionName="mine")) == ("ResourceConflictException", 409)
    await pool.close()


async def test_another_accounts_function_is_not_accessible(aws: Lambda) -> None:
    arn = "arn:aws:lambda:eu-west-1:999999999999:function:f"
    assert await error(aws("GetFunction", FunctionName=arn)) == ("AccessDeniedException", 403)
