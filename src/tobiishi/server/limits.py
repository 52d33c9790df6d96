"""What one client may take of the server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds, the rest counts.

    A definition of AWS's largest size, 1 MiB, may take six times that once it is escaped as JSON in a request.
    """

    connections: int = 4096
    header_bytes: int = 16_384
    headers: int = 128
    idle_seconds: float = 60
    body_bytes: int = 8_388_608
    upload_bytes: int = 73_400_320
    body_seconds: float = 30
    bodies_bytes: int = 536_870_912
