"""The reference pages of the AWS APIs say what the service models and the served operations are, and no more."""

from typing import Any

import botocore
import pytest
from scripts.api_pages import MADE_FROM, TABLES, Table, page

from tobiishi.api.lambda_ import functions, invoke
from tobiishi.api.states.backend import Backend
from tobiishi.api.states.service import StatesApi
from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.quotas import AWS
from tobiishi.store.memory import MemoryStore
from tobiishi.tasks.registry import Integrations
from tobiishi.wire.page_tokens import PageTokens

TABLES_BY_SERVICE = {table.service: table for table in map(Table.read, TABLES)}
UNCALLED: Any = None
"""What the handlers of Lambda need only when they are called."""


def served(service: str) -> set[str]:
    """Return the operations that have a handler."""
    if service == "lambda":
        return {*functions.handlers(UNCALLED), *invoke.handlers(UNCALLED)}
    catalogue = Integrations()
    engine = Engine(MemoryStore(), catalogue)
    backend = Backend(engine, Express(engine), catalogue, AWS, PageTokens(b"k" * 32, lambda: 0))
    return set(StatesApi(backend).handlers)


def same_models(table: Table) -> None:
    """Skip what a release of botocore with other service models than the page's may change."""
    if f"{MADE_FROM}{botocore.__version__}." not in table.page.read_text():
        pytest.skip("the page shows another release's service models; scripts/api_pages.py makes it anew")


@pytest.mark.parametrize("service", TABLES_BY_SERVICE)
def test_the_page_is_what_the_model_and_the_table_make(service):
    table = TABLES_BY_SERVICE[service]
    same_models(table)
    assert table.page.read_text() == page(table), "run: python scripts/api_pages.py, and read what has changed"


@pytest.mark.parametrize("service", TABLES_BY_SERVICE)
def test_the_page_has_the_operations_that_are_served(service):
    names = TABLES_BY_SERVICE[service].names
    assert set(names) == served(service)
    assert len(names) == len(set(names))


def test_step_functions_is_served_whole():
    table = TABLES_BY_SERVICE["stepfunctions"]
    same_models(table)
    assert set(table.names) == set(table.model.operation_names)


@pytest.mark.parametrize("service", TABLES_BY_SERVICE)
def test_every_operation_says_what_it_does_and_where_it_differs(service):
    for group in TABLES_BY_SERVICE[service].operations.values():
        for name, told in group.items():
            assert told["does"].endswith("."), name
            assert all(difference.endswith(".") for difference in told["differs"]), name
            assert told.keys() <= {"does", "takes", "answers", "differs"}, name


@pytest.mark.parametrize("service", TABLES_BY_SERVICE)
def test_errors_that_never_come_are_not_on_the_page(service):
    table = TABLES_BY_SERVICE[service]
    operations = map(table.model.operation_model, table.names)
    errors = {shape.name for operation in operations for shape in operation.error_shapes}
    shown = {name for name in errors if f"`{name}`" in table.page.read_text()}
    assert shown <= set(table.answered)
