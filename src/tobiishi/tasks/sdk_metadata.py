"""What AWS's SDK for Java v1 adds to an answer, and so optimized integrations to their results: how it came by HTTP."""

from collections.abc import Mapping
from typing import Any


def sdk_metadata(headers: Mapping[str, str], status: int, request_id: str) -> dict[str, Any]:
    """Return `SdkHttpMetadata` and `SdkResponseMetadata`. Headers keep the names that the service gave them."""
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": {name: headers[name] for name in sorted(headers, key=str.lower)},
            "HttpStatusCode": status,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }
