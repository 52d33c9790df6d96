"""The SQL files: every query compiles against the schema that the migrations make, and the source uses it."""

import sqlite3
from importlib.resources import files

import pytest

from tobiishi.store.contract import FORMAT_VERSION
from tobiishi.store.statements import migrations, queries

QUERIES = queries("sqlite")
FRAGMENTS = {name for name in QUERIES if name.startswith("where_")} | {"newest_first"}


@pytest.fixture(scope="module")
def database():
    connection = sqlite3.connect(":memory:")
    for _, script in migrations("sqlite"):
        connection.executescript(script)
    yield connection
    connection.close()


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_query_compiles(database, name):
    query = f"{QUERIES['executions']} {QUERIES[name]}" if name in FRAGMENTS else QUERIES[name]
    database.execute(f"explain {query}", [None] * query.count("?"))


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_query_is_used(name):
    package = files("tobiishi.store.sqlite")
    source = "".join(entry.read_text() for entry in package.iterdir() if entry.name.endswith(".py"))
    assert f'"{name}"' in source


def test_queries_are_without_comments():
    assert all(query and "--" not in query and not query.endswith(";") for query in QUERIES.values())


def test_the_newest_migration_leads_to_the_format_of_this_release():
    numbers = [number for number, _ in migrations("sqlite")]
    assert numbers == list(range(1, FORMAT_VERSION + 1))


@pytest.mark.parametrize(
    ("terms", "index"),
    [
        (["where_machine_arn"], "execution_by_machine"),
        (["where_open"], "execution_open"),
        (["where_open", "where_redriven", "where_before"], "execution_open"),
        (["where_status"], "execution_by_status"),
        (["where_version_arn"], "execution_by_version"),
        (["where_alias_arn"], "execution_by_alias"),
        (["where_map_run"], "execution_by_map_run"),
        (["where_map_run", "where_redriven", "where_before"], "execution_by_map_run"),
        (["where_root"], "execution_by_root"),
        (["where_ids"], "INTEGER PRIMARY KEY"),
        (["where_before"], "INTEGER PRIMARY KEY"),
        (["where_machine_arn", "where_before"], "execution_by_machine"),
    ],
)
def test_a_list_is_found_by_index(database, terms, index):
    query = " ".join([QUERIES["executions"], *(QUERIES[term] for term in terms), QUERIES["newest_first"]])
    plan = database.execute(f"explain query plan {query}", [1] * query.count("?")).fetchall()
    text = "\n".join(step[-1] for step in plan)
    assert index in text
    assert "SCAN execution" not in text


def test_open_executions_are_counted_by_index(database):
    plan = database.execute(f"explain query plan {QUERIES['open_executions']}").fetchall()
    assert all("execution_open" in step[-1] for step in plan)
