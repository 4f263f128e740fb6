"""Settings that are secrets, read from files of their own instead of the environment.

`SECRET_KEY_FILE=/etc/lai_chau_edu/SECRET_KEY` stands for a SECRET_KEY that is the one line of that
file: what the environment of a process holds, more programs and people can read than a file. A
credential of systemd (`LoadCredential=SECRET_KEY:…`) is found by itself and comes before the file,
which only root may be able to read. Standard library only, for the scripts of a server.
"""

import os
from collections.abc import Mapping
from pathlib import Path

# Each is a setting, and NAME_FILE the name of its file.
NAMES = (
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "OIDC_CLIENT_SECRET",
)
CREDENTIALS = "CREDENTIALS_DIRECTORY"
MOST_BYTES = 16_384


class SecretRefused(Exception):
    """A file does not say its setting; the text says in Vietnamese and English what to do."""


def filled(environ: Mapping[str, str]) -> dict[str, str]:
    """A copy of the environment in which each secret stands under its own name.

    The names of the files are taken out, so that a process started with it reads none again.
    Raises SecretRefused when a file cannot be used, or a secret is said twice.
    """
    found = dict(environ)
    folder = found.pop(CREDENTIALS, "")
    for name in NAMES:
        path = found.pop(f"{name}_FILE", "")
        credential = Path(folder, name)
        if folder and os.access(credential, os.R_OK):
            path = str(credential)
        if not path:
            continue
        if found.get(name):
            raise SecretRefused(
                f"{name} được đặt hai lần: trong cấu hình và trong tệp {path}. Xoá một chỗ.\n"
                f"  {name} is set twice, by itself and by the file {path}. Remove one of them."
            )
        found[name] = _read(name, path)
    return found


def _read(name: str, path: str) -> str:
    """The one line of a file, without the end of the line."""
    try:
        with open(path, "rb") as file:
            text = file.read(MOST_BYTES + 1).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else "UTF-8"
        raise SecretRefused(
            f"Không đọc được {name} từ tệp {path} ({reason}). Kiểm tra tên tệp và quyền đọc.\n"
            f"  {name} could not be read from {path}. Look at its name, and who may read it."
        ) from None
    value = text.strip("\r\n")
    if not value.strip() or "\n" in value or len(text) > MOST_BYTES:
        raise SecretRefused(
            f"Tệp {path} phải có đúng một dòng là giá trị của {name}, không có gì khác.\n"
            f"  {path} must hold one line, the value of {name}, and nothing else."
        )
    return value
