"""Pictures of dates and times, such as `[Y0001]-[M01]-[D01]`: how they are read, and what they make of a moment.

A picture is text with markers in brackets; brackets of the text are doubled. A marker is a component's letter, how it
is shown (a picture of integers, or `N`, `n` or `Nn` for names), and after a comma how wide it is: `,2`, `,3-3`, `,*-4`.
A picture also becomes a regular expression that finds the components in a text again; by RE2, in linear time, as the
text and the picture are the user's.
Source: the XPath functions specification, section 9.8, "Formatting dates and times".
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import Any, Final

import re2

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import pay_for_text
from tobiishi.expr.language.functions.integer_pictures import Case, IntegerPicture, read_integer_picture
from tobiishi.expr.language.functions.moments import Moment, component
from tobiishi.expr.language.functions.regex_syntax import encodable

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMES: Final = {
    "M": dict(enumerate(_MONTHS, 1)),
    "x": dict(enumerate(_MONTHS, 1)),
    "F": dict(enumerate(_DAYS, 1)),
    "P": {0: "am", 1: "pm"},
}
_DEFAULTS: Final = {
    **dict.fromkeys("YMDdWwXxHhf", "1"),
    **dict.fromkeys("FPCE", "n"),
    **dict.fromkeys("ms", "01"),
    **dict.fromkeys("Zz", "01:01"),
}
"""How each component is shown if its marker does not say."""

_SPACES: Final = re.compile(r"\s+")
_WIDTH: Final = re.compile(r"(\d{1,4})?[^-]*(?:-(\d{1,4})?.*)?", re.ASCII)
_LONGEST_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One marker of a picture. It has a picture of integers, or else shows names in a case."""

    component: str
    integer: IntegerPicture | None
    case: Case = "lower"
    longest: int | None = None
    year_digits: int | None = None
    """How many of the year's last digits are shown; None for all."""
    zulu: bool = False
    """Whether UTC is shown as `Z`."""
    parsed_width: int | None = None
    """How many digits belong to it when nothing sets them apart from the next component."""

    def format(self, at: Moment, evaluation: Evaluation) -> str:
        """Return what stands for the field at a moment. Raises `JsonataError` (D3133, D3134)."""
        if self.component in "Zz":
            return ("GMT" if self.component == "z" else "") + self._offset(at.offset, evaluation)
        if self.component in "CE":
            return "ISO"
        value = component(at, self.component)
        if self.integer is None:
            return self._names()[value]
        if self.year_digits is not None:
            value %= 10**self.year_digits
        return self.integer.format(value, evaluation)

    def _names(self) -> dict[int, str]:
        names = _NAMES.get(self.component)
        if names is None:
            message = 'The "name" modifier can only be applied to months and days in the date/time picture string'
            raise JsonataError("D3133", f'{message}, not "{self.component}"', value=self.component)
        change = {"lower": str.lower, "upper": str.upper, "title": str.title}[self.case]
        return {value: change(name)[: self.longest] for value, name in names.items()}

    def _offset(self, minutes: int, evaluation: Evaluation) -> str:
        if self.zulu and minutes == 0:
            return "Z"
        picture = self.integer or read_integer_picture(_DEFAULTS["Z"])
        if picture.mandatory > 4 and not picture.separators:
            raise JsonataError("D3134", "The timezone integer format specifier cannot have more than four digits")
        sign = "-" if minutes < 0 else "+"
        hours, rest = divmod(abs(minutes), 60)
        if picture.separators or picture.mandatory > 2:
            return sign + picture.format(hours * 100 + rest, evaluation)
        return sign + picture.format(hours, evaluation) + (f":{rest:02}" if rest else "")

    @property
    def pattern(self) -> str:
        """A regular expression for the field, with one group. Raises `JsonataError` (D3133)."""
        if self.component in "Zz":
            mark = re2.escape(self.integer.separators[0][1]) if self.integer and self.integer.separators else ""
            digits = f"[-+][0-9]+{mark}[0-9]+" if mark else "[-+][0-9]+"
            return ("GMT" if self.component == "z" else "") + (f"({digits}|Z)" if self.zulu else f"({digits})")
        if self.integer is None:
            return f"({'|'.join(self._names().values())})"
        return f"({self.integer.pattern(self.parsed_width)})"

    def value(self, text: str) -> float:
        """Return the component's value in a text that the pattern found. Raises `ValueError`, `JsonataError`."""
        if self.component in "Zz":
            return _offset_in(text)
        if self.integer is None:
            names = {name.lower(): value for value, name in self._names().items()}
            return names[text.lower()]
        if self.component == "f" and self.integer.style == "decimal" and text.isdecimal():
            # Digits of a fraction, however many.
            return int(text[:3].ljust(3, "0"))
        return self.integer.parse(text)


def _offset_in(text: str) -> int:
    """Return the minutes of an offset: two digits at most are hours, the last two of more digits are minutes."""
    if text in {"Z", "z"}:
        return 0
    hours, *minutes = re.findall(r"\d+", text)
    if not minutes and len(hours) > 2:
        hours, minutes = hours[:2], [hours[2:]]
    total = int(hours[:4]) * 60 + sum(int(rest[:4]) for rest in minutes)
    return -total if text.startswith("-") else total


@dataclass(frozen=True, slots=True)
class DatePicture:
    """A picture, read: its texts and fields in order."""

    parts: tuple[str | Field, ...]

    def format(self, at: Moment, evaluation: Evaluation) -> str:
        """Return a moment as the picture shows it. Raises `JsonataError` (D3133, D3134)."""
        shown = [part if isinstance(part, str) else part.format(at, evaluation) for part in self.parts]
        pay_for_text(evaluation, sum(map(len, shown)))
        return "".join(shown)

    def parse(self, text: str, evaluation: Evaluation) -> dict[str, float] | None:
        """Return the values of the components in a text, None if it is not like the picture.

        Raises `JsonataError` (D3133).
        """
        regex = _compiled(self)
        evaluation.spend(len(text) * regex.programsize >> 10)
        found = regex.fullmatch(encodable(text))
        if found is None:
            return None
        fields = [part for part in self.parts if isinstance(part, Field)]
        try:
            return {field.component: field.value(part) for field, part in zip(fields, found.groups(), strict=True)}
        except ValueError:
            return None


def _compile(picture: DatePicture) -> Any:
    texts = (re2.escape(encodable(part)) if isinstance(part, str) else part.pattern for part in picture.parts)
    pattern = "".join(texts)
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise JsonataError("D3137", "The date/time picture string is too long to find dates with") from None


_compile_and_keep = lru_cache(maxsize=256)(_compile)


def _compiled(picture: DatePicture) -> Any:
    return _compile_and_keep(picture) if len(picture.parts) <= _LONGEST_KEPT else _compile(picture)


def read_date_picture(picture: str, evaluation: Evaluation) -> DatePicture:
    """Return a picture, read. Raises `JsonataError`: D3132 for an unknown component, D3135 for an open bracket."""
    evaluation.spend(20 * (10 + len(picture)))
    return _read_and_kept(picture) if len(picture) <= _LONGEST_KEPT else _read(picture)


def _read(picture: str) -> DatePicture:
    parts: list[str | Field] = []
    position = 0
    while position < len(picture):
        start = picture.find("[", position)
        end = len(picture) if start < 0 else start
        if end > position:
            parts.append(picture[position:end].replace("]]", "]"))
        if start < 0:
            break
        if picture.startswith("[[", start):
            parts.append("[")
            position = start + 2
            continue
        end = picture.find("]", start)
        if end < 0:
            raise JsonataError("D3135", 'No matching closing bracket "]" in date/time picture string')
        parts.append(_read_marker(_SPACES.sub("", picture[start + 1 : end])))
        position = end + 1
    return DatePicture(_with_widths(parts))


_read_and_kept = lru_cache(maxsize=256)(_read)


def _read_marker(marker: str) -> Field:
    name = marker[:1]
    if name not in _DEFAULTS:
        message = f'Unknown component specifier "{name}" in date/time picture string'
        raise JsonataError("D3132", message, value=name)
    shown, comma, width = marker[1:].rpartition(",")
    if not comma:
        shown, width = marker[1:], ""
    modifier = ""
    if len(shown) > 1 and shown[-1] in "atco":
        shown, modifier = shown[:-1], shown[-1]
    shown = shown or _DEFAULTS[name]
    shortest, longest = _read_width(width)
    if name in "Zz":
        return Field(name, read_integer_picture(shown), zulu=modifier == "t")
    if shown[0] in "Nn" or name in "PCE":
        case: Case = "title" if shown.startswith("Nn") else "upper" if shown.startswith("N") else "lower"
        return Field(name, None, case, longest)
    integer = read_integer_picture(f"{shown};{modifier}" if modifier else shown)
    if integer.style == "decimal" and shortest is not None:
        integer = replace(integer, mandatory=max(integer.mandatory, shortest))
    return _with_year_digits(Field(name, integer, longest=longest))


def _read_width(width: str) -> tuple[int | None, int | None]:
    """Return the least and the greatest width, None where there is none, of `2`, `2-4`, `*-4` and the like."""
    found = _WIDTH.fullmatch(width)
    if found is None:
        return None, None
    shortest, longest = (int(part) if part else None for part in found.groups())
    return shortest, longest


def _with_year_digits(field: Field) -> Field:
    """Give a year of two digits or more, or of a greatest width, just so many digits."""
    integer = field.integer
    if field.component != "Y" or integer is None or integer.style != "decimal":
        return field
    if field.longest is not None:
        return replace(field, integer=replace(integer, mandatory=field.longest), year_digits=field.longest)
    width = integer.mandatory + integer.optional
    return replace(field, year_digits=width) if width >= 2 else field


def _with_widths(parts: list[str | Field]) -> tuple[str | Field, ...]:
    """Give fields of digits that the next follows at once the width by which they are told apart."""
    return tuple(
        replace(part, parsed_width=part.longest or part.integer.mandatory)
        if isinstance(part, Field)
        and isinstance(after, Field)
        and part.integer is not None
        and part.integer.style == "decimal"
        and (part.longest or part.integer.mandatory + part.integer.optional >= 2)
        else part
        for part, after in zip_longest(parts, parts[1:])
    )
