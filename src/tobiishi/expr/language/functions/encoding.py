"""Base64 and URLs: $base64encode, $base64decode, $encodeUrl, $encodeUrlComponent and their inverses, over UTF-8.

A text that has no UTF-8 (a surrogate alone), or no text for its bytes, is an error in URLs (D3140). Base64 is read as
leniently as JavaScript's buffers do: what is not of its alphabet is passed over, and padding may be missing.
"""

import base64
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_text, paying
from tobiishi.expr.language.functions.conversion import to_shown
from tobiishi.expr.language.values import UNDEFINED, Value

_UNRESERVED: Final = "-_.!~*'()"
_RESERVED: Final = ";/?:@&=+$,#"
_NOT_BASE64: Final = re.compile("[^A-Za-z0-9+/]+")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_LONGEST_ESCAPE: Final = 12
"""Characters that one character of a URL may become."""

_ESCAPES: Final = re.compile("(?:%[0-9A-Fa-f]{2})+")
_ESCAPES_UNRESERVED: Final = re.compile("(?:%(?!2[346BCFbcf]|3[ABDFabdf]|40)[0-9A-Fa-f]{2})+")
"""Those of a whole URL that are not of `;/?:@&=+$,#`."""
_MALFORMED: Final = re.compile("%(?![0-9A-Fa-f]{2})")


def _base64encode(evaluation: Evaluation, text: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    pay_for_text(evaluation, 2 * len(text))
    return base64.b64encode(text.encode("utf-8", "replace")).decode()


def _base64decode(evaluation: Evaluation, text: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    pay_for_text(evaluation, 2 * len(text))
    letters = _NOT_BASE64.sub("", text.partition("=")[0].translate(_URL_SAFE))
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")


def _malformed(function: str, text: str) -> JsonataError:
    message = f"Malformed URL passed to ${function}(): {to_shown(text)}"
    return JsonataError("D3140", message, functionName=function, value=text)


def _encoder(name: str, safe: str) -> Callable[[Evaluation, Value], Value]:
    def encode(evaluation: Evaluation, text: Value = UNDEFINED) -> Value:
        if text is UNDEFINED:
            return UNDEFINED
        pay_for_text(evaluation, len(text) * (3 if text.isascii() else _LONGEST_ESCAPE))
        try:
            return quote(text, safe=safe)
        except UnicodeEncodeError:
            raise _malformed(name, text) from None

    return encode


def _decoder(name: str, escapes: re.Pattern[str]) -> Callable[[Evaluation, Value], Value]:
    def decode(evaluation: Evaluation, text: Value = UNDEFINED) -> Value:
        if text is UNDEFINED:
            return UNDEFINED
        pay_for_text(evaluation, 2 * len(text))
        if _MALFORMED.search(text):
            raise _malformed(name, text)
        try:
            return escapes.sub(lambda found: unquote_to_bytes(found.group()).decode(), text)
        except UnicodeDecodeError:
            raise _malformed(name, text) from None

    return decode


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("base64encode", "<s-:s>", _base64encode),
    paying("base64decode", "<s-:s>", _base64decode),
    paying("encodeUrl", "<s-:s>", _encoder("encodeUrl", _UNRESERVED + _RESERVED)),
    paying("encodeUrlComponent", "<s-:s>", _encoder("encodeUrlComponent", _UNRESERVED)),
    paying("decodeUrl", "<s-:s>", _decoder("decodeUrl", _ESCAPES_UNRESERVED)),
    paying("decodeUrlComponent", "<s-:s>", _decoder("decodeUrlComponent", _ESCAPES)),
)
