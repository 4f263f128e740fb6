"""Types that modules here and above name; for annotations only.

`User` is the model of `settings.AUTH_USER_MODEL`, which is not imported by the apps of the
domain; `StrOrPromise` a text, or one that is translated when it is shown.
"""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from django.contrib.auth.models import _User
    from django.utils.functional import _StrOrPromise

    User: TypeAlias = _User
    StrOrPromise: TypeAlias = _StrOrPromise
else:
    # The stubs are no part of the running product.
    User = StrOrPromise = object
