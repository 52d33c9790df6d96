import os
from pathlib import Path

import pytest

from tests.functions.conftest import Write
from tobiishi.functions.catalogue import FunctionDirectory
from tobiishi.functions.settings import CatalogueError


def test_a_file_is_a_function(write: Write) -> None:
    functions = FunctionDirectory(write(orders="def handler(event, context): ..."))
    function = functions.find("orders")
    assert function is not None
    assert (function.name, function.handler) == ("orders", "orders.handler")
    assert (function.timeout, function.memory, function.concurrency) == (900, 128, None)
    assert functions.find("invoices") is None


@pytest.mark.parametrize(
    ("source", "handler"),
    [
        ("def lambda_handler(event, context): ...", "f.lambda_handler"),
        ("def lambda_handler(e, c): ...\ndef handler(e, c): ...", "f.handler"),
        ("lambda_handler = print", "f.lambda_handler"),
        ("from library import main as lambda_handler", "f.lambda_handler"),
        ("try:\n  from fast import lambda_handler\nexcept ImportError:\n  pass", "f.lambda_handler"),
        ("if True:\n  def lambda_handler(e, c): ...", "f.lambda_handler"),
        ("class lambda_handler: ...", "f.lambda_handler"),
        ("def f():\n  handler = 1", "f.handler"),  # found missing when it is called, as on Lambda
        ("def broken(", "f.handler"),
        ("x = " + "(" * 5000, "f.handler"),
    ],
)
def test_the_handler_is_whichever_exists(write: Write, source: str, handler: str) -> None:
    function = FunctionDirectory(write(f=source)).find("f")
    assert function is not None
    assert function.handler == handler


@pytest.mark.parametrize(
    ("file", "handler"),
    [
        ("lambda_function.py", "lambda_function.lambda_handler"),
        ("app.py", "app.lambda_handler"),
        ("index.py", "index.handler"),
        ("handler.py", "handler.handler"),
        ("main.py", "main.handler"),
    ],
)
def test_a_folder_is_a_function(folder: Path, file: str, handler: str) -> None:
    (folder / "orders").mkdir()
    (folder / "orders" / file).write_text("")
    function = FunctionDirectory(folder).find("orders")
    assert function is not None
    assert (function.handler, function.task_root) == (handler, folder / "orders")


def test_a_folder_may_use_the_other_name_for_its_handler(folder: Path) -> None:
    (folder / "orders").mkdir()
    (folder / "orders" / "main.py").write_text("def lambda_handler(event, context): ...")
    function = FunctionDirectory(folder).find("orders")
    assert function is not None
    assert function.handler == "main.lambda_handler"


def test_settings_choose_the_handler(folder: Path, write: Write) -> None:
    (folder / "shop").mkdir()
    (folder / "shop" / "orders.py").write_text("")
    functions = FunctionDirectory(
        write(functions='a = { handler = "shop.orders.place", timeout = 3 }\nshop = { handler = "orders.place" }')
    )
    a, shop = functions.find("a"), functions.find("shop")
    assert a is not None
    assert shop is not None
    assert (a.handler, a.task_root, a.timeout) == ("shop.orders.place", folder, 3)
    assert (shop.handler, shop.task_root) == ("orders.place", folder / "shop")


@pytest.mark.parametrize(
    "name",
    [
        "orders:live",
        "orders:$LATEST",
        "function:orders",
        "123456789012:function:orders",
        "123456789012:function:orders:7",
        "arn:aws:lambda:us-east-1:123456789012:function:orders",
        "arn:aws-cn:lambda:cn-north-1:123456789012:function:orders:live",
    ],
)
def test_every_form_of_a_name_finds_the_function(write: Write, name: str) -> None:
    function = FunctionDirectory(write(orders="def handler(event, context): ...")).find(name)
    assert function is not None
    assert function.name == "orders"


@pytest.mark.parametrize("name", ["", "../orders", "a b", "arn:aws:lambda:orders", "orders:", "x" * 65, "orders\n"])
def test_a_name_that_lambda_would_refuse(write: Write, name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a function"):
        FunctionDirectory(write(orders="def handler(event, context): ...")).find(name)


def test_names_leave_out_modules_without_a_handler(folder: Path, write: Write) -> None:
    write(orders="def handler(e, c): ...", shared="RATE = 3", broken="def handler(", functions="[set]")
    write(set="main = print")
    (folder / "pages").mkdir()
    (folder / "pages" / "index.py").write_text("")
    (folder / "templates").mkdir()
    (folder / "notes.txt").write_text("")
    (folder / ".hidden.py").write_text("def handler(e, c): ...")
    assert FunctionDirectory(folder).names() == ["broken", "orders", "pages", "set"]


def test_a_setting_for_a_function_that_is_not_there(write: Write) -> None:
    with pytest.raises(CatalogueError, match=r"functions.toml: orders: there is no orders.py, nor a folder orders/"):
        FunctionDirectory(write(functions="[orders]"))
    with pytest.raises(CatalogueError, match=r"functions.toml: orders: there is no shop/place.py"):
        FunctionDirectory(write(functions='orders = { handler = "shop.place.it" }'))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="is not a directory of functions"):
        FunctionDirectory(tmp_path / "nowhere")


def test_an_edit_makes_a_different_function(write: Write) -> None:
    functions = FunctionDirectory(write(orders="def handler(e, c): return 1"))
    before = functions.find("orders")
    assert before == functions.find("orders")
    path = write(orders="def handler(e, c): return 2") / "orders.py"
    os.utime(path, ns=(1, 1))
    assert before != functions.find("orders")


def test_edited_settings_are_read_again(write: Write) -> None:
    path = write(orders="def handler(e, c): return 1", functions="[orders]")
    functions = FunctionDirectory(path)
    write(functions="orders = { timeout = 5 }")
    os.utime(path / "functions.toml", ns=(1, 1))
    function = functions.find("orders")
    assert function is not None
    assert function.timeout == 5
