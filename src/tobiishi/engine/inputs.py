"""Whether a text can be an execution's input, and AWS's words for what is wrong with one that cannot.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html (input)
"""

import json
from typing import Final

from tobiishi import jsontext
from tobiishi.engine.errors import InvalidInputError

_VALUES: Final = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_LONGEST_TOKEN: Final = 256
"""Characters of a token that an error shows."""
_EXPECTED: Final = {
    "Expecting value": f"expected a valid value {_VALUES}",
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Illegal trailing comma before end of object": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
}


def check_input(text: str, limit: int) -> None:
    """Raise `InvalidInputError` for an execution input that is not JSON, too deep, or over `limit` bytes of UTF-8."""
    if len(text.encode("utf-8", "surrogatepass")) > limit:
        raise _invalid(f"The input takes more than {limit} bytes")
    try:
        jsontext.encode(jsontext.decode(text))
    except jsontext.JsonError as error:
        raise _invalid(json_fault(text) or str(error)) from None


def json_fault(text: str) -> str | None:
    """Say what keeps a text from being JSON, as AWS's own parser does; None if it is none of the faults known here."""
    if not text.strip():
        return "Invalid execution input."
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return _words(text, error.pos, error.msg)
    except RecursionError:
        return None
    return None


def _words(text: str, at: int, message: str) -> str | None:
    if at >= len(text.rstrip()):
        return "Unexpected end-of-input"
    found = text[at]
    if message == "Expecting value" and (found.isalpha() or found in "_$"):
        return f"Unrecognized token '{_token(text, at)}': was expecting {_VALUES}"
    if message == "Expecting ',' delimiter":
        expected = f"was expecting comma to separate {_container(text[:at])} entries"
    else:
        expected = _EXPECTED.get(message, "")
    return f"Unexpected character ('{found}' (code {ord(found)})): {expected}" if expected else None


def _token(text: str, at: int) -> str:
    end = at
    while end < len(text) and (text[end].isalnum() or text[end] in "_$"):
        if end - at == _LONGEST_TOKEN:
            return f"{text[at:end]}..."
        end += 1
    return text[at:end]


def _container(before: str) -> str:
    """Return what kind of value a well-formed beginning of a text is inside of."""
    open_brackets, in_string, escaped = [], False, False
    for character in before:
        if in_string:
            in_string, escaped = escaped or character != '"', character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            open_brackets.append(character)
        elif character in "]}":
            open_brackets.pop()
    return "Array" if open_brackets and open_brackets[-1] == "[" else "Object"


def _invalid(reason: str) -> InvalidInputError:
    return InvalidInputError(f"Invalid State Machine Execution Input: '{reason}'")
