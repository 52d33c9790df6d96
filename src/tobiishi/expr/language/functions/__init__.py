"""Every function that an expression may call, by its name without `$`.

One module for each kind of function; `builtin` says what they have in common, `signature` what they take.
"""

from collections.abc import Mapping
from typing import Final

from tobiishi.expr.language.functions import (
    aggregation,
    arrays,
    conversion,
    dates,
    encoding,
    higher_order,
    integer_pictures,
    number_pictures,
    numbers,
    objects,
    patterns,
    step_functions,
    strings,
)
from tobiishi.expr.language.functions.builtin import Builtin

BUILTINS: Final[Mapping[str, Builtin]] = {
    function.name: function
    for module in (
        aggregation,
        arrays,
        conversion,
        dates,
        encoding,
        higher_order,
        integer_pictures,
        number_pictures,
        numbers,
        objects,
        patterns,
        step_functions,
        strings,
    )
    for function in module.FUNCTIONS
}
"""JSONata's functions but `$eval`, and those of Step Functions."""
