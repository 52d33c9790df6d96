import json

import pytest

from tobiishi.asl.locate import locate

JSON = """{
  "StartAt": "a/b[0]",
  "States": {
    "a": {"b[1]": 1},
    "a/b[0]": {
      "Type": "Parallel",
      "Branches": [
        {"StartAt": "X"},
        {"StartAt": "Y",
         "States": {"Y \\"q\\"": {"Next": "Z"}}}
      ]
    }
  }
}
"""
YAML = """\
# a comment
StartAt: P
States:
  P:
    Branches:
      - StartAt: X
      - StartAt: Y
        States:
          Y y: {Next: Z}
"""


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("/", (1, 1)),
        ("", (1, 1)),
        ("/StartAt", (2, 3)),
        ("/States/a/b[0]", (5, 5)),
        ("/States/a/b[0]/Type", (6, 7)),
        ("/States/a/b[0]/Branches", (7, 7)),
        ("/States/a/b[0]/Branches[1]", (9, 9)),
        ("/States/a/b[0]/Branches/1/StartAt", (9, 10)),
        ('/States/a/b[0]/Branches[1]/States/Y "q"/Next', (10, 33)),
        ("/States/a/b[1]", (4, 11)),
        ("/States/nothing", None),
        ("/States/a/b[0]/Branches[2]", None),
        ("/StartAt/deeper", None),
    ],
)
def test_places_in_json(location, place):
    assert locate(JSON, location) == place
    assert locate(json.dumps(json.loads(JSON)), location) is None or place is not None


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("/StartAt", (2, 1)),
        ("/States/P", (4, 3)),
        ("/States/P/Branches[1]", (7, 9)),
        ("/States/P/Branches[1]/States/Y y/Next", (9, 17)),
        ("/States/P/Branches[9]", None),
        ("/States/Q", None),
    ],
)
def test_places_in_yaml(location, place):
    assert locate(YAML, location, "machine.yml") == place


@pytest.mark.parametrize("text", ["", "{", '{"a"', '{"a": [1, ', "nonsense", "[" * 5_000])
@pytest.mark.parametrize("hint", [None, "x.yaml"])
def test_a_broken_text_has_no_places(text, hint):
    assert locate(text, "/a[0]/b", hint) is None
