from hypothesis import given
from hypothesis import strategies as st

from tobiishi import jsontext
from tobiishi.teststate.item_batcher import batches

items_ = st.lists(st.one_of(st.integers(), st.text(max_size=10)), max_size=30)
limit_ = st.none() | st.integers(1, 60)


@given(items_, limit_, limit_)
def test_batches_hold_every_item_once_and_keep_their_limits(
    items: list[object], most_items: int | None, most_bytes: int | None
) -> None:
    made = batches(items, most_items, most_bytes, {"BatchInput": 1})

    assert [item for batch in made for item in batch["Items"]] == items
    for batch in made:
        assert batch["BatchInput"] == 1
        assert most_items is None or len(batch["Items"]) <= most_items
        assert most_bytes is None or len(batch["Items"]) == 1 or len(jsontext.encode(batch)) <= most_bytes


def test_batches_are_filled_to_the_last_byte() -> None:
    assert [batch["Items"] for batch in batches([1, 2, 3], None, len('{"Items":[1,2]}'), {})] == [[1, 2], [3]]
