"""The month workbook of a class: upload, preview, save."""

from .batches import marked_name, receive_workbook, remove_expired, save_batch
from .preview import preview_of

__all__ = ["marked_name", "preview_of", "receive_workbook", "remove_expired", "save_batch"]
