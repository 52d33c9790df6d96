"""Errors that the server itself answers, each in the protocol that the request is made in.

Whoever asks for a queue expects JSON and whoever asks for a bucket XML: an SDK that can read a refusal shows its words.
https://smithy.io/2.0/aws/protocols/ has the forms.
"""

from typing import Final
from xml.sax.saxutils import escape

from tobiishi import jsontext
from tobiishi.wire.contract import Request, Response

_FORM: Final = "application/x-www-form-urlencoded"
_CLOUDFORMATION: Final = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


class RefusedError(Exception):
    """The server will not, or cannot, have a request answered."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def refusal(request: Request, error: RefusedError, request_id: str, service: str = "") -> Response:
    """Return an error answer. `service` is the name in the signature's credential scope, if there is one."""
    content_type, body = _shaped(request, error, request_id, service)
    headers = {"Content-Type": content_type, "x-amzn-RequestId": request_id, "x-amzn-ErrorType": error.code}
    if content_type == "application/cbor":
        headers["smithy-protocol"] = "rpc-v2-cbor"
    return Response(error.status, headers, body)


def _shaped(request: Request, refused: RefusedError, request_id: str, service: str) -> tuple[str, bytes]:
    status, code, message = refused.status, refused.code, refused.message
    given = request.headers.get("content-type", "")
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "application/cbor", _cbor({"__type": code, "message": message})
    if "x-amz-target" not in request.headers:
        if service == "s3":
            return "application/xml", _xml(f"<Error>{_fields(code, message)}{_id(request_id)}</Error>")
        if service == "ec2":
            error = f"<Errors><Error>{_fields(code, message)}</Error></Errors>"
            return "text/xml", _xml(f"<Response>{error}<RequestID>{request_id}</RequestID></Response>")
        if given.startswith(_FORM) or "Action=" in request.query or service in {"route53", "cloudfront"}:
            kind = "Sender" if status < 500 else "Receiver"
            error = f"<Error><Type>{kind}</Type>{_fields(code, message)}</Error>"
            named = f' xmlns="{_CLOUDFORMATION}"' if service == "cloudformation" else ""
            return "text/xml", _xml(f"<ErrorResponse{named}>{error}{_id(request_id)}</ErrorResponse>")
    json_type = given if given.startswith("application/x-amz-json-1.") and given[-1:] in "01" else "application/json"
    return json_type, jsontext.encode({"__type": code, "message": message})


def _fields(code: str, message: str) -> str:
    return f"<Code>{code}</Code><Message>{escape(message)}</Message>"


def _id(request_id: str) -> str:
    return f"<RequestId>{request_id}</RequestId>"


def _xml(element: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element}\n'.encode("utf-8", "replace")


def _cbor(fields: dict[str, str]) -> bytes:
    """Return a map of texts in CBOR (RFC 8949), all that an error needs of it."""
    parts = [bytes([0xA0 + len(fields)])]
    for text in (text for pair in fields.items() for text in pair):
        encoded = text.encode("utf-8", "replace")
        parts += [b"\x79", len(encoded).to_bytes(2, "big"), encoded]
    return b"".join(parts)
