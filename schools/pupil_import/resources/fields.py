"""Fields of a resource that are gathered from two columns."""

from collections.abc import Iterator, Mapping
from typing import Any

from import_export import fields

from ..workbook.refusals import Refused


class FirstGiven(fields.Field):
    """The first of two columns that is filled in; a refusal names the column it is in."""

    def __init__(self, *args: Any, otherwise: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.otherwise = otherwise

    def values(self, row: Mapping[str, Any]) -> Iterator[Any]:
        """The clean value of each column that is filled in."""
        for name in (self.column_name, self.otherwise):
            try:
                value = self.widget.clean(row[name], row)
            except Refused as refusal:
                refusal.column = name
                raise
            if value is not None:
                yield value

    def clean(self, row: Mapping[str, Any], **kwargs: Any) -> Any:
        return next(self.values(row), None)


class AllGiven(FirstGiven):
    """Two columns joined by a comma, as far as they are filled in; else a third one.

    Args:
        alone: the column of a list of ours for a name of whom it is not known which of the two.
    """

    def __init__(self, *args: Any, alone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alone = alone

    def clean(self, row: Mapping[str, Any], **kwargs: Any) -> Any:
        joined = self.widget.within_limit(", ".join(self.values(row)))
        if joined:
            return joined
        try:
            return self.widget.clean(row[self.alone], row)
        except Refused as refusal:
            refusal.column = self.alone
            raise
