"""The line of a request: who reads which."""

import logging

import pytest
from aiohttp.web import Response

from tobiishi.server.access_log import AccessLog
from tobiishi.server.callers import Asker
from tobiishi.server.log_lines import write_log
from tobiishi.wire.contract import Caller, Request


@pytest.fixture(autouse=True)
def _own_log():
    """Leave the log as it was."""
    logger = logging.getLogger("tobiishi")
    handlers, propagate, level = logger.handlers, logger.propagate, logger.level
    yield
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)


@pytest.mark.parametrize(
    ("level", "written"),
    [("debug", ["/health", "/asked"]), ("info", ["/asked"]), ("warning", []), ("error", [])],
)
def test_a_request_is_information_and_a_probe_that_finds_all_well_is_less(level, written, capsys):
    write_log("text", level)
    asker = Asker(Caller("us-east-1", "123456789012"), "states")
    for path in ("/health", "/asked"):
        AccessLog().write(Request("GET", path, "", {}, b""), asker, Response(), 0.1)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("operation=GET_")[2].split()[0] for line in lines] == written
