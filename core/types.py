"""Types that many modules name; for annotations only.

`User` is the model of `settings.AUTH_USER_MODEL`, which mypy's plugin knows and core does not
import; `AnyUser` may be nobody. `StrOrPromise` is a text, or one that is translated when it is
shown. `Arguments` are keyword arguments of a job, as JSON keeps them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from django.http import HttpRequest
from django.http.response import HttpResponseBase

if TYPE_CHECKING:
    from django.contrib.auth.models import _AnyUser, _User
    from django.utils.functional import _StrOrPromise

    from .scope import Scope

    AnyUser: TypeAlias = _AnyUser
    User: TypeAlias = _User
    StrOrPromise: TypeAlias = _StrOrPromise
    JSON: TypeAlias = bool | float | str | list["JSON"] | dict[str, "JSON"] | None
else:
    # The stubs are no part of the running product.
    AnyUser = User = StrOrPromise = JSON = object

# What a model or a job takes by name is checked where it is read.
Arguments: TypeAlias = dict[str, Any]
View: TypeAlias = Callable[..., HttpResponseBase]
GetResponse: TypeAlias = Callable[[HttpRequest], HttpResponseBase]


class ScopedRequest(HttpRequest):
    """A request as views of signed-in people get it: `accounts.middleware` adds the scope.

    `has_draft`: whether what was typed here before the session ended waits to be filled in.
    """

    user: User
    scope: "Scope"
    has_draft: bool
