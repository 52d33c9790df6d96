from pathlib import Path

import pytest

from tobiishi.functions.settings import CatalogueError, FunctionSettings, read_settings


def settings(tmp_path: Path, text: str) -> dict[str, FunctionSettings]:
    path = tmp_path / "functions.toml"
    path.write_text(text)
    return read_settings(path)


def test_a_missing_file_says_nothing(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "functions.toml") == {}


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    assert settings(tmp_path, "[orders]") == {"orders": FunctionSettings(None, 900, 128, None, {})}


def test_everything_can_be_said(tmp_path: Path) -> None:
    text = """
    [orders]
    handler = "src/app.main"
    timeout = 1.5
    memory = 256
    concurrency = 0
    environment = { STAGE = "test" }
    """
    assert settings(tmp_path, text) == {"orders": FunctionSettings("src/app.main", 1.5, 256, 0, {"STAGE": "test"})}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[orders", "functions.toml: Expected ']' at the end of a table declaration"),
        ("orders = 3", "functions.toml: orders must be a table of settings"),
        ("orders = { tiemout = 3 }", "functions.toml: orders.tiemout is not a setting; there are handler, timeout"),
        ('orders = { handler = "main" }', 'functions.toml: orders.handler must be "MODULE.FUNCTION"'),
        ("orders = { timeout = 0 }", "functions.toml: orders.timeout must be a number of seconds from 1 to 900"),
        ("orders = { timeout = true }", "functions.toml: orders.timeout must be a number of seconds from 1 to 900"),
        ("orders = { timeout = nan }", "functions.toml: orders.timeout must be a number of seconds from 1 to 900"),
        ("orders = { memory = 64 }", "functions.toml: orders.memory must be a whole number from 128 to 10240"),
        ("orders = { concurrency = -1 }", "functions.toml: orders.concurrency must be a whole number from 0 to 1000"),
        ("orders = { environment = { N = 1 } }", "functions.toml: orders.environment must be a table of strings"),
        ('orders = { environment = { _HANDLER = "x" } }', "functions.toml: orders.environment._HANDLER is reserved"),
        ('orders = { environment = { "A=B" = "x" } }', "functions.toml: orders.environment: 'A=B' cannot name a"),
        ('["two words"]', "functions.toml: 'two words' is not the name of a function"),
        ('["orders:live"]', "functions.toml: orders:live has settings under its plain name orders only"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CatalogueError) as error:
        settings(tmp_path, text)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "functions.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match=r"functions\.toml: .*can't decode"):
        read_settings(tmp_path / "functions.toml")
