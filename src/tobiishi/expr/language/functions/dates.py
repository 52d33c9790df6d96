"""Dates and times: $now, $millis, $fromMillis and $toMillis.

What a text leaves out is taken from now if it stands before what is given, and otherwise is the first there is; a gap
between what is given is an error. Text without an offset is UTC.
"""

import re
from typing import Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_text, paying
from tobiishi.expr.language.functions.conversion import to_shown
from tobiishi.expr.language.functions.date_pictures import read_date_picture
from tobiishi.expr.language.functions.moments import component, milliseconds, moment, read_offset
from tobiishi.expr.language.values import UNDEFINED, Value

_ISO_PICTURE: Final = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
_ISO: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(?:Z|([+-]\d\d:?[0-5]\d))?", re.ASCII
)
_LONGEST_ISO: Final = 100
_READING: Final = 40
"""Steps for an ISO 8601 text."""
_FURTHEST: Final = 10**9
"""No component of a date has as great a value."""


def _now(evaluation: Evaluation, picture: Value = UNDEFINED, timezone: Value = UNDEFINED) -> Value:
    return _from_millis(evaluation, evaluation.now_ms, picture, timezone)


def _millis(evaluation: Evaluation) -> Value:
    return evaluation.now_ms


def _from_millis(
    evaluation: Evaluation, millis: Value, picture: Value = UNDEFINED, timezone: Value = UNDEFINED
) -> Value:
    if millis is UNDEFINED:
        return UNDEFINED
    at = moment(millis, 0 if timezone is UNDEFINED else read_offset(timezone))
    shown = read_date_picture(_ISO_PICTURE if picture is UNDEFINED else picture, evaluation)
    return shown.format(at, evaluation)


def _to_millis(evaluation: Evaluation, text: Value, picture: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        evaluation.spend(_READING)
        return _from_iso(text)
    pay_for_text(evaluation, len(text) << 2)
    found = read_date_picture(picture, evaluation).parse(text, evaluation)
    return _put_together(found, evaluation) if found else UNDEFINED


def _from_iso(text: str) -> int:
    found = _ISO.fullmatch(text[:_LONGEST_ISO])
    if found is not None and len(text) <= _LONGEST_ISO:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        fraction = int((found[7] or "0")[:3].ljust(3, "0"))
        start = milliseconds(year, month or 1, day or 1)
        of_day = ((hour * 60 + minute) * 60 + second) * 1000 + fraction
        # Neither days that a month does not have nor hours that a day does not have.
        exists = found[2] != "00" and found[3] != "00" and component(moment(start, 0), "M") == (month or 1)
        if exists and (day or 1) <= 31 and minute < 60 and second < 60 and of_day <= 86_400_000:
            return start + of_day - (read_offset(found[8]) * 60_000 if found[8] else 0)
    message = "The argument of the toMillis function must be an ISO 8601 formatted timestamp"
    raise JsonataError("D3110", f"{message}. Given {to_shown(text)}", value=text)


def _put_together(found: dict[str, float], evaluation: Evaluation) -> int:
    """Return the time that components come to. Raises `JsonataError`: D3136 if there are too few, D1001."""
    date, time = _kinds(found)
    now = moment(evaluation.now_ms, 0)
    values: dict[str, int] = {}
    started = ended = False
    for name in date + time:
        if name in found:
            if ended:
                raise _too_few()
            started = True
            if abs(found[name]) > _FURTHEST:
                raise JsonataError("D1001", f"Number out of range: {found[name]}")
            values[name] = int(found[name])
        elif started:
            ended = True
            values[name] = 1 if name in "MDd" else 0
        else:
            values[name] = component(now, name)
    if date in {"XxwF", "XWF"}:
        raise _too_few()
    if "P" in time:
        values["H"] = values["h"] % 12 + 12 * values["P"]
    of_day = ((values["H"] * 60 + values["m"]) * 60 + values["s"]) * 1000 + values["f"]
    offset = int(found.get("Z", found.get("z", 0)))
    month, day = (1, values["d"]) if date == "Yd" else (values["M"], values["D"])
    return milliseconds(values["Y"], month, day, of_day - offset * 60_000)


def _kinds(found: dict[str, float]) -> tuple[str, str]:
    """Return the components of the kind of date and of the kind of time that a text gives, greatest first."""
    dates = found.keys() & set("YMDdXxWw")
    date = "YMD"
    if dates and not dates <= set("YMD"):
        date = next((kind for kind in ("Yd", "XxwF", "XWF") if dates <= set(kind)), "YMD")
    times = found.keys() & set("PHhmsf")
    return date, "Phmsf" if times and not times <= set("Hmsf") and times <= set("Phmsf") else "Hmsf"


def _too_few() -> JsonataError:
    message = "The date/time picture string is missing specifiers required to parse the timestamp"
    return JsonataError("D3136", message)


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("now", "<s?s?:s>", _now),
    paying("millis", "<:n>", _millis),
    paying("fromMillis", "<n-s?s?:s>", _from_millis),
    paying("toMillis", "<s-s?:n>", _to_millis),
)
