"""JSONata: twenty expressions as Step Functions users write them, with inputs of 1, 10 and 200 KB.

`python bench/expressions.py` prints microseconds for one evaluation, the best of several rounds. If jsonata-python or
jsonatapy can be imported, they are measured beside, in the same run and with the same inputs, and the last lines say by
how much they are slower. Each is given a compiled expression and the values as Python has them, and answers likewise.
"""

import copy
import importlib
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from tobiishi.expr import jsonata
from tobiishi.expr.bindings import Bindings

SIZES_KB = (1, 10, 200)
ROUNDS = 5
ROUND_SECONDS = 0.02

EXPRESSIONS = {
    "a field": "$states.input.customer.name",
    "a context field": "$states.context.Execution.Name",
    "a text": "'Order ' & $states.input.id & ' of ' & $states.input.customer.name",
    "arithmetic": "($states.input.total - $states.input.discount) * 1.19",
    "a condition": "$states.input.total > 100 and $states.input.customer.vip",
    "a choice": "$states.input.total > 1000 ? 'large' : $states.input.total > 100 ? 'medium' : 'small'",
    "an object": "{'id': $states.input.id, 'name': $states.input.customer.name, 'total': $states.input.total}",
    "a default": "$exists($states.input.note) ? $states.input.note : 'none'",
    "merge": "$merge([$states.input.customer, {'status': 'new', 'at': $states.context.Execution.StartTime}])",
    "an index": "$states.input.items[0].sku",
    "count": "$count($states.input.items)",
    "names of all": "$states.input.items.sku",
    "a filter": "$states.input.items[price > 50 and stock].sku",
    "a sum of products": "$sum($states.input.items.(price * quantity))",
    "objects of all": "$states.input.items.{'id': sku, 'cost': price * quantity}",
    "map": "$map($states.input.items, function($v, $i) { {'n': $i, 'sku': $uppercase($v.sku)} })",
    "filter by function": "$filter($states.input.items, function($v) { $v.quantity >= 3 })",
    "reduce": "$reduce($states.input.items, function($a, $v) { $a + $v.price }, 0)",
    "group": "$states.input.items{category: $sum(price)}",
    "sort and join": "$join($states.input.items^(>price).sku, ', ')",
}

Engine = Callable[[str, Any, dict[str, Any]], Callable[[], Any]]


def order(size: int) -> dict[str, Any]:
    """Return an input whose JSON text has about `size` bytes."""
    chance = random.Random(1)
    made: dict[str, Any] = {
        "id": "o-17",
        "total": 250.5,
        "discount": 10,
        "customer": {"name": "Ada", "vip": True, "mail": "ada@example.com"},
        "items": [],
    }
    length = len(json.dumps(made))
    while length < size:
        item = {
            "sku": f"sku-{chance.randrange(10**6)}",
            "price": chance.randrange(1, 10_000) / 100,
            "quantity": chance.randrange(1, 6),
            "stock": chance.random() > 0.3,
            "category": chance.choice(("tea", "cups", "books")),
        }
        made["items"].append(item)
        length += len(json.dumps(item)) + 2
    return made


def ours(text: str, data: Any, context: dict[str, Any]) -> Callable[[], Any]:
    expression = jsonata.compile(text, "Output")
    generator = random.Random(1)
    bindings = Bindings(data, {}, lambda: context, lambda: generator, 1_773_448_740.0)

    def run() -> Any:
        bindings.meter.steps = 0  # as for every step of an execution
        return expression.evaluate(bindings)

    return run


def with_jsonata_python(text: str, data: Any, context: dict[str, Any]) -> Callable[[], Any]:
    library = importlib.import_module("jsonata")
    expression = library.Jsonata(text)
    states = {"input": data, "context": context}

    def run() -> Any:
        frame = expression.create_frame()
        frame.bind("states", states)
        return expression.evaluate(None, frame)

    return run


def with_jsonatapy(text: str, data: Any, context: dict[str, Any]) -> Callable[[], Any]:
    library = importlib.import_module("jsonatapy")
    expression = library.compile(text)
    states = {"input": data, "context": context}
    return lambda: expression.evaluate(None, {"states": states})


def available() -> dict[str, Engine]:
    engines: dict[str, Engine] = {"tobiishi": ours}
    for module, engine in (("jsonata", with_jsonata_python), ("jsonatapy", with_jsonatapy)):
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        engines[module] = engine
    return engines


def microseconds(run: Callable[[], Any]) -> float:
    """Return the time of one call: the best round's mean."""
    started = time.perf_counter()
    run()
    once = time.perf_counter() - started
    calls = max(1, int(ROUND_SECONDS / max(once, 1e-7)))
    best = once
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(calls):
            run()
        best = min(best, (time.perf_counter() - started) / calls)
    return best * 1e6


def main() -> None:
    engines = available()
    ratios: dict[str, list[float]] = {name: [] for name in engines}
    context = {"Execution": {"Name": "run", "StartTime": "2026-03-14T00:39:00.000Z"}}
    print(f"{'':24}{'':>7}" + "".join(f"{name:>12}" for name in engines))
    for kilobytes in SIZES_KB:
        data = order(kilobytes * 1000)
        for label, text in EXPRESSIONS.items():
            times = {name: microseconds(engine(text, copy.deepcopy(data), context)) for name, engine in engines.items()}
            print(f"{label:24}{kilobytes:4} KB" + "".join(f"{figure:12.2f}" for figure in times.values()))
            for name, figure in times.items():
                ratios[name].append(figure / times["tobiishi"])
    for name, figures in ratios.items():
        if name != "tobiishi":
            print(f"{name}: {statistics.median(figures):.1f} times as long on the median, {min(figures):.2f} at least")


if __name__ == "__main__":
    main()
