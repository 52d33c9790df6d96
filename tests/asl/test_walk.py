from tests.asl.machines import LAMBDA, PASS, machine, map_state, text
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.walk import resources, states


def test_every_state_is_found_however_deep() -> None:
    inner = map_state(machine({"Deep": {"Type": "Task", "Resource": LAMBDA, "End": True}}))
    outer = {"Type": "Parallel", "Branches": [machine({"Side": PASS}), inner], "End": True}
    definition = compile_definition(text(machine({"Outer": outer})))
    assert [state.name for state in states(definition)] == ["Outer", "Side", "S", "Deep"]
    assert [resource.arn for resource in resources(definition)] == [LAMBDA]
