"""One at a time, for each key."""

import asyncio

from tobiishi.engine.turns import Turns


async def test_one_at_a_time_for_one_key_and_many_for_many():
    turns, inside, most = Turns(), {"a": 0, "b": 0}, {"a": 0, "b": 0, "both": 0}

    async def work(key: str) -> None:
        async with turns.of(key):
            inside[key] += 1
            most[key] = max(most[key], inside[key])
            most["both"] = max(most["both"], sum(inside.values()))
            await asyncio.sleep(0)
            inside[key] -= 1

    await asyncio.gather(*(work(key) for key in "aabbab"))
    assert most == {"a": 1, "b": 1, "both": 2}


async def test_nothing_is_kept_of_a_key_that_nobody_wants():
    turns = Turns()
    async with turns.of("a"):
        assert len(turns._locks) == 1
    assert len(turns._locks) == 0
