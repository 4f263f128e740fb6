"""A file of amounts that cannot be used is found when the product starts, not on a page."""

from typing import Any

from django.core.checks import Error, register

from .amounts import SupportFileError, all_rows


@register
def amounts_can_be_used(app_configs: Any, **kwargs: Any) -> list[Error]:
    """attendance.E001: the file of what semi-boarders are given is refused."""
    try:
        all_rows()
    except (SupportFileError, ValueError) as error:
        return [Error(str(error), id="attendance.E001")]
    return []
