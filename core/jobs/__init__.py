"""Background jobs: their queue, the class of their tasks, the records of their runs."""

from .dispatch import enqueue

__all__ = ["enqueue"]
