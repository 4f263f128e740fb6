"""What packages above keep of a class and its days, asked before the class is changed.

`last_days` receives class ids and a day, and yields (class id, last day with a record) of the
classes that have a record on that day or later.
"""

import datetime
from collections.abc import Callable, Collection, Iterable

from core.hooks import Hook

last_days: Hook[Callable[[Collection[int], datetime.date], Iterable[tuple[int, datetime.date]]]] = (
    Hook("last days on which something was recorded of a class")
)
