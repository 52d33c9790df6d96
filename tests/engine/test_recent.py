from tobiishi.engine.recent import Recent


def test_what_was_used_longest_ago_goes_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)


def test_a_new_value_replaces_the_old_one() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.put("a", 3)
    recent.put("c", 4)
    assert (recent.get("a"), recent.get("b")) == (3, None)


def test_what_weighs_too_much_goes_first_as_well() -> None:
    recent: Recent[str, int] = Recent(10, weight=5)
    recent.put("a", 1, 2)
    recent.put("b", 2, 3)
    recent.put("a", 3, 2)
    recent.put("c", 4, 2)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (3, None, 4)
    recent.put("d", 5, 9)
    assert (recent.get("a"), recent.get("c"), recent.get("d")) == (None, None, 5)
    recent.drop("d")
    recent.put("e", 6, 5)
    assert recent.get("e") == 6
