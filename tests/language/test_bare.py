"""Every language case on the bare interpreter: the history it must make, and the invariants of folding."""

import pytest

from tests.language.bare import Bare
from tests.language.case import Case, line, load


@pytest.mark.parametrize("case", load(), ids=lambda case: case.name)
def test_history(case: Case) -> None:
    bare = Bare(case)
    bare.to_the_end()
    assert [line(event) for event in bare.history()] == case.history
    assert bare.run.status == case.status
    assert not bare.left
    assert [event["id"] for event in bare.history()] == list(range(1, len(bare.history()) + 1))
