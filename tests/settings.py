"""The product's settings with a quick hasher, jobs at once and throw-away files."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-the-test-suite-" + "x" * 32)
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
os.environ.setdefault("HTTPS", "false")
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ["REDIS_URL"] = ""
os.environ["FILES_DIR"] = tempfile.mkdtemp(prefix="lai-chau-files-")

from lai_chau_edu.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
JOBS_MODE = "inline"
# The tables are made by these very migrations; tests/core/test_schema.py looks.
SCHEMA_LOOK_EVERY = None
# Each test client would look for them anew; the live server does it once (tests/conftest.py).
WHITENOISE_USE_FINDERS = False
# WhiteNoise warns about a folder that collectstatic has not made yet.
STATIC_ROOT = tempfile.mkdtemp(prefix="lai-chau-static-")
SECURITY_CONTACT = "mailto:an-toan@example.vn"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, not memory: threads, live servers and workers then meet the real locking.
    DATABASES["default"]["TEST"] = {  # noqa: F405
        "NAME": os.path.join(os.environ["FILES_DIR"], "test.sqlite3")
    }
else:
    # What a test commits need not outlive the power; servers that are killed have their own.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # noqa: F405
