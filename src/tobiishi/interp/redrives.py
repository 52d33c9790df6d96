"""What a run remembers of its redrives: how often, when, and for which client tokens."""

from typing import Any, Final

REMEMBERED: Final = 10
"""Client tokens for which a repeated RedriveExecution gets the answer of the first."""
REMEMBERED_MS: Final = 15 * 60 * 1000
"""How long a client token is good for.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""


class Redrives:
    """The redrives of one execution. Changed by `interp.fold` only."""

    __slots__ = ("count", "event", "last_ms", "tokens")

    def __init__(self) -> None:
        self.count = 0
        self.last_ms = 0
        self.event = 0
        """The newest ExecutionRedriven."""
        self.tokens: dict[str, int] = {}
        """When the newest client tokens were used."""

    def add(self, entry: dict[str, Any]) -> None:
        """Count a redrive, given its history event with its private client token `_token`, if it had one."""
        self.count = entry["executionRedrivenEventDetails"]["redriveCount"]
        self.last_ms = round(entry["timestamp"] * 1000)
        self.event = entry["id"]
        if "_token" in entry:
            self.tokens[entry["_token"]] = self.last_ms
            for token in list(self.tokens)[:-REMEMBERED]:
                del self.tokens[token]

    def of(self, token: str | None, now_ms: int) -> int | None:
        """Return when the redrive with that client token was, if it is remembered still."""
        redriven_ms = None if token is None else self.tokens.get(token)
        return None if redriven_ms is None or now_ms - redriven_ms > REMEMBERED_MS else redriven_ms

    def record(self) -> dict[str, Any]:
        """Return what `of_record` reads back."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> "Redrives":
        redrives = cls()
        for name, value in record.items():
            setattr(redrives, name, value)
        return redrives
