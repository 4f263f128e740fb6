from .events import Event
from .operations import Operation

__all__ = ["Event", "Operation"]
