"""Questions that a lower package asks and packages above it answer, without being imported."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class AlreadyRegistered(RuntimeError):
    """A function was registered twice for one hook, so that its answers would count double."""


class Hook(Generic[Function]):
    """Functions that answer one question, in the order in which the apps registered them.

    The package that asks owns the hook and documents what its functions receive and return;
    the packages above register theirs in `AppConfig.ready`.

    >>> greetings = Hook("greetings")
    >>> greetings.register(str.title)
    >>> [greet("chào") for greet in greetings]
    ['Chào']
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._functions: list[Function] = []

    def register(self, function: Function) -> None:
        """Add a function. Raises AlreadyRegistered when it is there."""
        if function in self._functions:
            raise AlreadyRegistered(f"{function!r} is registered for {self.name!r} already")
        self._functions.append(function)

    def __iter__(self) -> Iterator[Function]:
        return iter(tuple(self._functions))
