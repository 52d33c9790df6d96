"""How values are shown in messages, and which are not."""

import pytest
from botocore.model import ShapeResolver

from tobiishi.wire.rendering import place, render, violation

SHAPES = ShapeResolver(
    {
        "Text": {"type": "string"},
        "Secret": {"type": "string", "sensitive": True},
        "Number": {"type": "integer"},
        "Flag": {"type": "boolean"},
        "Texts": {"type": "list", "member": {"shape": "Text"}},
        "Secrets": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Secret"}},
        "Login": {
            "type": "structure",
            "members": {"User": {"shape": "Text"}, "Password": {"shape": "Secret"}, "Admin": {"shape": "Flag"}},
        },
    }
)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Text", "a'b", "a'b"),
        ("Number", -5, "-5"),
        ("Flag", True, "true"),
        ("Texts", ["a", ""], "[a, ]"),
        ("Secret", "hidden", "*** Sensitive Data Redacted ***"),
        ("Secrets", {"a": "hidden"}, "{a=*** Sensitive Data Redacted ***}"),
        (
            "Login",
            {"User": "me", "Password": "hidden"},
            "Login(user=me, password=*** Sensitive Data Redacted ***, admin=null)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_values_are_shown_as_java_prints_them(name, value, shown):
    assert render(SHAPES.get_shape_by_name(name), value) == shown


def test_a_sensitive_value_is_left_out_of_its_violation():
    assert violation(SHAPES.get_shape_by_name("Secret"), "hidden", "at", "wrong") == (
        "Value at 'at' failed to satisfy constraint: wrong"
    )


def test_places_are_in_lower_camel_case():
    assert [place(name) for name in ("FunctionName", "name", "")] == ["functionName", "name", ""]
