"""Workflows and the states in them: the part of reading that is recursive.

A workflow is a whole definition, a Parallel branch or a Map's processor. Its states are read one by one (fields by
their table, then rules between fields, then built), and then looked at together: see `asl.transitions`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from tobiishi.asl import fields, map_fields
from tobiishi.asl.errors import DUPLICATE_STATE, INVALID_STATE_NAME
from tobiishi.asl.model import STATE_TYPES, Map, Parallel, QueryLanguage, State, Workflow
from tobiishi.asl.place import Place, Reader, list_of
from tobiishi.asl.schema import EXCLUSIVE, ONE_NEEDED, REQUIRED, TABLES, Table
from tobiishi.asl.states import BUILDERS, StateFields, path_text
from tobiishi.asl.transitions import check_transitions
from tobiishi.expr.bindings import Value

_STATE_NAME_MAX: Final = 80

_state_type: Final = fields.one_of(*STATE_TYPES)

WORKFLOW_FIELDS: Final[dict[str, Reader]] = {
    "States": fields.unread,
    "StartAt": fields.text,
    "Comment": fields.text,
}
"""What every workflow has; a whole definition and a Map's processor have a little more."""


def read_workflow(value: Value, place: Place, more: Mapping[str, Reader] | None = None) -> Workflow | None:
    """Read a workflow and everything in it; None when it has an error."""
    errors = place.findings.errors
    read = fields.members(value, place, {**WORKFLOW_FIELDS, **(more or {})}, required=("States", "StartAt"))
    states = read.get("States")
    if "States" not in read:
        return None
    if not isinstance(states, dict) or not states:
        place.at("States").report("Expected a non-empty object of states")
        return None
    scopes = _scopes(states, place.outer)
    compiled = {
        name: read_state(name, state, place.at("States").at(name), replace(place, outer=scopes[name]))
        for name, state in states.items()
    }
    check_transitions(states, read.get("StartAt"), place)
    if place.findings.errors > errors:
        return None
    built = {name: state for name, state in compiled.items() if state is not None}  # all of them: there is no error
    return Workflow(start_at=read["StartAt"], states=built, location=place.location)


def _scopes(states: Mapping[str, Any], outer: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return, for each state, the variables that workflows inside it may not assign.

    They are those of the workflow around it and of the scopes outside. What the state itself assigns comes after its
    inner workflows have ended, and their variables with them: AWS lets both use one name.
    """
    assigned = {name: frozenset(_assigned_by(state)) for name, state in states.items()}
    counts = Counter(variable for variables in assigned.values() for variable in variables)
    everything = outer | counts.keys()
    return {
        name: everything - {variable for variable in own if counts[variable] == 1 and variable not in outer}
        for name, own in assigned.items()
    }


def _assigned_by(state: Value) -> Iterator[str]:
    """Yield the names in the Assign fields of a state, its catchers and its choice rules."""
    if not isinstance(state, dict):
        return
    entries = [state]
    for field in ("Catch", "Choices"):
        if isinstance(state.get(field), list):
            entries.extend(state[field])
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("Assign"), dict):
            yield from (name.removesuffix(".$") for name in entry["Assign"])


# -- one state ---------------------------------------------------------------------------------------------------------
def read_state(name: str, value: Value, place: Place, inside: Place) -> State | None:
    """Read a state; `inside` is the place that workflows inside it inherit from."""
    _check_name(name, place)
    if not isinstance(value, dict):
        place.report("Expected value of type [OBJECT]")
        return None
    state_type = value.get("Type")
    if state_type is None:
        place.report("These fields are required: [Type]")
        return None
    if _state_type(state_type, place.at("Type")) is None:
        return None
    errors = place.findings.errors
    language = fields.effective_language(value, place.findings.language)
    place.findings.referred.clear()
    state = _read_fields(name, value, replace(place, language=language, state=place.location))
    if place.findings.referred:
        place.findings.variable_references[name] = tuple(sorted(place.findings.referred))
    nested = replace(inside, location=place.location)
    if state_type == "Parallel":
        return _parallel(state, nested, errors)
    if state_type == "Map":
        return _map(state, nested, errors)
    return None if place.findings.errors > errors else BUILDERS[state_type](state)


def _check_name(name: str, place: Place) -> None:
    if not name or len(name) > _STATE_NAME_MAX:
        place.refuse(f"A state name must have between 1 and {_STATE_NAME_MAX} characters", INVALID_STATE_NAME)
    if name in place.findings.state_names:
        place.refuse(f"Duplicate State name: {name}", DUPLICATE_STATE)
    place.findings.state_names.add(name)


def _read_fields(name: str, value: dict[str, Any], place: Place) -> StateFields:
    state_type = value["Type"]
    table = TABLES[place.language][state_type]
    missing = [field for field in REQUIRED.get(state_type, ()) if field not in value]
    if missing:
        place.report(f"These fields are required: {list_of(missing)}")
    _check_names_of_fields(value, table, place)
    _check_groups(value, table, place)
    values = {field: table[field](member, place.at(field)) for field, member in value.items() if field in table}
    return StateFields(name, state_type, place.location, place.language, values)


def _check_groups(value: dict[str, Any], table: Table, place: Place) -> None:
    """Check fields that exclude each other; `"End": false` says nothing and counts as left out."""
    state_type = value["Type"]
    given = value if value.get("End") is not False else {name: value[name] for name in value if name != "End"}
    for group in EXCLUSIVE.get(state_type, ()):
        fields.only_one(given, place, *group)
    for group in ONE_NEEDED.get(state_type, ()):
        fields.only_one(given, place, *(field for field in group if field in table), required=True)
    timeout, heartbeat = value.get("TimeoutSeconds"), value.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        place.at("HeartbeatSeconds").refuse("The value must be less than TimeoutSeconds")


def _check_names_of_fields(value: dict[str, Any], table: Table, place: Place) -> None:
    """Report fields that the state's type does not have, or not in its language, and a language it cannot have."""
    is_taken_back = place.findings.language == "JSONata" and place.language == "JSONPath"
    if is_taken_back:
        place.refuse("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
    other: QueryLanguage = "JSONPath" if place.language == "JSONata" else "JSONata"
    for field in value:
        if field in table:
            continue
        if field not in TABLES[other][value["Type"]]:
            place.refuse(f"Field '{field}' is not supported")
        elif not is_taken_back:
            place.refuse(
                f"The QueryLanguage is set to '{place.language}', but field '{field}' is only supported for the "
                f"'{other}' QueryLanguage"
            )


# -- states with workflows inside --------------------------------------------------------------------------------------
def _parallel(state: StateFields, place: Place, errors: int) -> Parallel | None:
    where = place.at("Branches")
    branches = state.get("Branches")
    if "Branches" in state.values and (not isinstance(branches, list) or not branches):
        where.report("Expected a non-empty array of branches")
        return None
    read = [read_workflow(branch, where.item(index)) for index, branch in enumerate(branches or ())]
    if place.findings.errors > errors:
        return None
    return Parallel(**state.result(), branches=tuple(branch for branch in read if branch is not None))


def _map(state: StateFields, place: Place, errors: int) -> Map | None:
    field = "ItemProcessor" if "ItemProcessor" in state.values else "Iterator"
    if field not in state.values:
        return None
    raw = state.values[field]
    where = place.at(field)
    config = _processor_config(raw, where)
    distributed = config.get("Mode") == "DISTRIBUTED"
    execution_type = config.get("ExecutionType", "STANDARD")
    _check_mode(state, distributed, place)
    if distributed:  # its children are executions of their own: they see no outer variable
        where = replace(where, outer=frozenset(), machine_type=execution_type)
    processor = read_workflow(raw, where, {"ProcessorConfig": fields.unread})
    if processor is None or place.findings.errors > errors:
        return None
    return _build_map(state, processor, distributed=distributed, execution_type=execution_type)


def _processor_config(raw: Value, place: Place) -> dict[str, Any]:
    """Read ProcessorConfig: inline, unless it says otherwise."""
    if not isinstance(raw, dict) or "ProcessorConfig" not in raw:
        return {}
    readers: dict[str, Reader] = {
        "Mode": fields.one_of("INLINE", "DISTRIBUTED"),
        "ExecutionType": fields.one_of("STANDARD", "EXPRESS"),
    }
    where = place.at("ProcessorConfig")
    config = fields.members(raw["ProcessorConfig"], where, readers)
    if config.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in config:
        where.refuse("These fields are required: [ExecutionType]")
    return config


def _check_mode(state: StateFields, distributed: bool, place: Place) -> None:
    if distributed and place.machine_type == "EXPRESS":
        place.refuse("Express state machine does not support Map states with Mode 'DISTRIBUTED'")
    for field in () if distributed else map_fields.DISTRIBUTED_ONLY:
        if field in state.values:
            place.refuse(f"Field '{field}' is only supported for Map states with Mode 'DISTRIBUTED'")
    for field in () if distributed else state.values:
        if field.startswith("ToleratedFailure"):
            place.at(field).report("An inline Map tolerates no failure: this field has no effect", severity="WARNING")


def _build_map(state: StateFields, processor: Workflow, *, distributed: bool, execution_type: Any) -> Map:
    items = state.get("ItemsPath", "Items")
    return Map(
        **{**state.result(), "parameters": None},
        processor=processor,
        items=items,
        items_field="Items" if state.language == "JSONata" else "ItemsPath",
        items_path=path_text(items),
        item_selector=state.get("ItemSelector", "Parameters"),
        max_concurrency=state.get("MaxConcurrency", "MaxConcurrencyPath"),
        tolerated_failure_count=state.get("ToleratedFailureCount", "ToleratedFailureCountPath"),
        tolerated_failure_percentage=state.get("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
        distributed=distributed,
        execution_type=execution_type,
        label=state.get("Label"),
        raw={name: state.values[name] for name in map_fields.KEPT_AS_WRITTEN if name in state.values},
    )
