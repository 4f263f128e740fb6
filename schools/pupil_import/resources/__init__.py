"""From rows of the ministry's workbook to pupils, by django-import-export."""

from .bulk import CHUNK, write_changed
from .pupils import PupilResource, refusals_of

__all__ = ["CHUNK", "PupilResource", "refusals_of", "write_changed"]
