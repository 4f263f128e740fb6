"""The file of slips is sealed while it waits: who copies the disk reads nothing without the key.

The key follows from the product's own and the id of the batch. Fernet is AES-128-CBC with
HMAC-SHA256.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

SALT = b"accounts.issuing.slips:"


class SealBroken(Exception):
    """The file was sealed under another key, or changed."""


def seal(content: bytes, batch_id: UUID) -> bytes:
    """The content, sealed for a batch."""
    return _fernet(settings.SECRET_KEY, batch_id).encrypt(content)


def unseal(sealed: bytes, batch_id: UUID) -> bytes:
    """The content of what was sealed for the batch; raises SealBroken."""
    for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        try:
            return _fernet(key, batch_id).decrypt(sealed)
        except InvalidToken:
            continue
    raise SealBroken


def _fernet(key: str, batch_id: UUID) -> Fernet:
    digest = hmac.new(key.encode(), SALT + batch_id.bytes, hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
