"""How the OpenAPI document is made of the endpoints."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from . import problems


class Schema(AutoSchema):
    """A refusal has the media type of RFC 9457, whatever the operation answers else."""

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: str,
        media_types: list[str] | None = None,
        direction: Direction = "response",
    ) -> Any:
        if int(status_code) >= 400:
            media_types = [problems.MEDIA_TYPE]
        return super()._get_response_for_code(serializer, status_code, media_types, direction)
