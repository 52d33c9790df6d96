"""Points in time, and what dates and times are made of: days, ISO weeks, clock hours, offsets from UTC.

Milliseconds count from the beginning of 1970. The calendar is the Gregorian one, before its invention and beyond year
9999 as well: it repeats every 400 years, so Python's dates serve for one such cycle.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from tobiishi.expr.language.errors import JsonataError

DAY: Final = 86_400_000
_CYCLE_YEARS: Final = 400
_CYCLE_DAYS: Final = 146_097
_CYCLE_START: Final = dt.date(2000, 1, 1)
_EPOCH: Final = dt.date(1970, 1, 1)
_FURTHEST: Final = 8_640_000_000_000_000
"""Milliseconds to either side of 1970: what JavaScript's dates can say."""

_OFFSET: Final = re.compile(r"([+-]?)(\d{1,2}?)(?::?(\d\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time at an offset from UTC in minutes. `date` is its day within the cycle from year 2000."""

    date: dt.date
    cycle: int
    of_day: int
    offset: int

    @property
    def thursday(self) -> "Moment":
        """The Thursday of its week: the month and the year that it falls in have the week."""
        days = 3 - self.date.weekday()
        return moment(milliseconds(self.year, self.date.month, self.date.day + days), 0)

    @property
    def year(self) -> int:
        return self.date.year + self.cycle * _CYCLE_YEARS

    @property
    def hour(self) -> int:
        return self.of_day // 3_600_000


def moment(millis: float, offset: int) -> Moment:
    """Return a point in time, as clocks at the offset show it. Raises `JsonataError` (D1001) far from our times."""
    if not -_FURTHEST <= millis <= _FURTHEST:
        raise JsonataError("D1001", f"Number out of range: {millis}", value=millis)
    days, of_day = divmod(int(millis) + offset * 60_000, DAY)
    cycle, day = divmod(days - (_CYCLE_START - _EPOCH).days, _CYCLE_DAYS)
    return Moment(_CYCLE_START + dt.timedelta(days=day), cycle, of_day, offset)


def milliseconds(year: int, month: int = 1, day: int = 1, of_day: int = 0) -> int:
    """Return when a day begins, and so much of it has passed; months and days beyond their last run on.

    Raises `JsonataError` (D1001) far from our times.
    """
    years, month_index = divmod(month - 1, 12)
    cycle, in_cycle = divmod(year + years, _CYCLE_YEARS)
    first = dt.date(_CYCLE_START.year + in_cycle, month_index + 1, 1)
    days = (first - _EPOCH).days + (cycle - _CYCLE_START.year // _CYCLE_YEARS) * _CYCLE_DAYS + day - 1
    millis = days * DAY + of_day
    if not -_FURTHEST <= millis <= _FURTHEST:
        raise JsonataError("D1001", f"Number out of range: {millis}", value=millis)
    return millis


def component(at: Moment, name: str) -> int:
    """Return what a date or time component of a picture, such as `Y` or `m`, is at a point in time."""
    match name:
        case "Y":
            return at.year
        case "M":
            return at.date.month
        case "D":
            return at.date.day
        case "d":
            return at.date.timetuple().tm_yday
        case "F":
            return at.date.isoweekday()
        case "W" | "X":
            iso = at.date.isocalendar()
            return iso.week if name == "W" else iso.year + at.cycle * _CYCLE_YEARS
        case "w":
            return (at.thursday.date.day + 6) // 7
        case "x":
            return at.thursday.date.month
        case "H":
            return at.hour
        case "h":
            return at.hour % 12 or 12
        case "P":
            return at.hour // 12
        case "m":
            return at.of_day // 60_000 % 60
        case "s":
            return at.of_day // 1000 % 60
    return at.of_day % 1000


def read_offset(text: str) -> int:
    """Return the minutes of an offset such as `-0500`; the colon, the minutes and the plus may be left out.

    Raises `JsonataError` (D3137).
    """
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise JsonataError("D3137", "The timezone must have the form ±HHMM", value=text)
    sign, hours, minutes = found.groups()
    return (-1 if sign == "-" else 1) * (int(hours) * 60 + int(minutes or 0))
