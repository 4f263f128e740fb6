"""One settings file, read from the environment, typed and loud.

Every name is explained in docs/operations.md. A missing or mistyped value stops
the start with a sentence that names it.
"""

import os
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from core.secret_files import SecretRefused, filled
from core.version import VERSION
from lai_chau_edu.logs import configuration

from .unsafe import refuse_unsafe

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
LOCAL_ENV = VAR_DIR / "local.env"  # written by run.py: one computer, one process
environ.Env.read_env(LOCAL_ENV)
try:
    # A secret may stand in a file of its own: SECRET_KEY_FILE and others.
    env.ENVIRON = filled(os.environ)
except SecretRefused as refusal:
    raise ImproperlyConfigured(str(refusal)) from None

SECRET_KEY = env.str("SECRET_KEY", default="")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured(
        "SECRET_KEY chưa đặt hoặc ngắn hơn 32 ký tự. Máy chủ của tỉnh: chạy bin/manage thay cho"
        " manage.py. Một máy tính: chạy python3 run.py.\n"
        "  SECRET_KEY is not set or shorter than 32 characters. On a province's server run"
        " bin/manage instead of manage.py; on one computer run python3 run.py."
    )
# Keys that were replaced: sessions, and registers that wait on phones, are still known by them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])

# Name, units and own rules of the province that is served (core/province.py).
PROVINCE_DATA = env.path("PROVINCE_DATA", default=BASE_DIR / "schools" / "data" / "lai_chau")

# --- Apps -------------------------------------------------------------------

INSTALLED_APPS = [
    "lai_chau_edu.apps.ProjectConfig",
    "operations",
    "inspections",
    "reports",
    "mobilisation",
    "attendance",
    "accounts",
    "schools",
    "core",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    # For its tables only: older backups have them (docs/adr/0037-guessing.md).
    "axes",
    "csp",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_otp_webauthn",
    "drf_spectacular",
    "import_export",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "lai_chau_edu.middleware.RequestIdMiddleware",
    "lai_chau_edu.middleware.HealthMiddleware",
    "lai_chau_edu.middleware.ProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "lai_chau_edu.middleware.TextGZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lai_chau_edu.middleware.PrivateMiddleware",
    # Outside of all that may change a page, DraftMiddleware too.
    "core.conditional.ConditionalMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.middleware.LatestSessionMiddleware",
    "lai_chau_edu.middleware.LanguageMiddleware",
    "lai_chau_edu.middleware.MaintenanceMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # It asks who is signed in, and comes before the first that reads a value: the CSRF token's.
    "core.bounded_requests.BoundedRequestMiddleware",
    "core.events.EventMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "accounts.middleware.DraftMiddleware",
    "accounts.middleware.ScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "core.middleware.ExceptionMiddleware",
    # Around the transaction of a form: names on a refused form were seen too.
    "schools.access_trail.AccessTrailMiddleware",
    # The last: what it does once is the view alone.
    "core.middleware.OperationMiddleware",
]

ROOT_URLCONF = "lai_chau_edu.urls"
WSGI_APPLICATION = "lai_chau_edu.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lai_chau_edu.nav.navigation",
                "lai_chau_edu.nav.offline",
                "lai_chau_edu.nav.demonstration",
                "lai_chau_edu.nav.agency",
                "lai_chau_edu.nav.view_of_a_teacher",
            ],
            "builtins": [
                "core.templatetags.vietnamese_format",
                "schools.templatetags.events",
                "schools.templatetags.pupils",
                "accounts.templatetags.form_origin",
                "core.templatetags.request_code",
            ],
        },
    },
]

# --- Database and files -----------------------------------------------------

# WAL lets readers go on during a write; IMMEDIATE takes the write lock at the start of a
# transaction, so that waiting replaces "database is locked".
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
LOCAL_DATABASE = VAR_DIR / "lai_chau.sqlite3"
# Never a guess: a backup of the wrong database looks like one of the right.
DATABASE_URL = env.str("DATABASE_URL", default="")
if not DATABASE_URL and LOCAL_ENV.exists() and LOCAL_DATABASE.exists():
    # Set up by a run.py that did not write the address down.
    DATABASE_URL = f"sqlite:///{LOCAL_DATABASE}"
if not DATABASE_URL:
    raise ImproperlyConfigured(
        "Chưa đặt DATABASE_URL nên không rõ dùng cơ sở dữ liệu nào. Máy chủ của tỉnh: chạy"
        " bin/manage thay cho manage.py. Một máy tính: chạy python3 run.py.\n"
        "  DATABASE_URL is not set, so no database is named. On a province's server run bin/manage"
        " instead of manage.py; on one computer run python3 run.py."
    )
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    if DATABASES["default"]["NAME"] != ":memory:":
        # Relative to the project, wherever the command is called.
        DATABASES["default"]["NAME"] = str(BASE_DIR / DATABASES["default"]["NAME"])
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    options = DATABASES["default"].setdefault("OPTIONS", {})
    # A server that is silent must not keep the pages of everybody waiting for minutes.
    options.setdefault("connect_timeout", 5)
    # Compiling our short statements takes PostgreSQL longer than running them: a month's
    # rebuild takes 1.6 times as long with it (docs/performance.md).
    options.setdefault("options", "-c jit=off")
# How often each process asks whether the tables are still those of this program, in seconds.
SCHEMA_LOOK_EVERY = 5
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

refuse_unsafe(
    engine=DATABASES["default"]["ENGINE"],
    debug=DEBUG,
    allowed_hosts=ALLOWED_HOSTS,
    secret_key=SECRET_KEY,
    is_drill=not (env.str("REDIS_URL", default="") or env.str("EMAIL_URL", default="")),
)

FILES_DIR = Path(env.str("FILES_DIR", default=str(VAR_DIR / "files")))
MEDIA_ROOT = FILES_DIR
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Text of a form, files apart. The bounds of single values are in core.bounded_requests.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 10
# Whose body without a session may be longer, and the field that may be: a form on its way
# through the sign-in.
MAY_CARRY_A_DRAFT = "accounts.drafts.may_be_long"
SEALED_FIELDS = frozenset({"draft"})
# A month grid without a script: every cell of 60 pupils in 62 sessions is a field.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", default=False)
STATIC_ROOT = BASE_DIR / "staticfiles" if STATIC_MANIFEST else None
# Our files are read by our own pages alone.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    # The process's own umask would not reach them: Django sets the mode of an upload itself.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": "lai_chau_edu.static_files.StaticFiles"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Jobs -------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    # Counts of calls only (core.api.Throttle): a silent Redis must not hold up a call.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "lce",
            "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3},
        }
    }
# "celery": over the broker. "embedded": in this process, long ones in a thread.
# "inline": in this process and at once, for tests.
JOBS_MODE = "celery" if REDIS_URL else "embedded"

CELERY_BROKER_URL = REDIS_URL or "memory://"
# The transport wins over the address: without Redis ours would look for one on this computer.
CELERY_BROKER_TRANSPORT = "lai_chau_edu.broker:Transport" if REDIS_URL else "memory"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 570
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A silent Redis must not hold up a teacher's request: give up within seconds,
# the sweep finds the waiting row later.
CELERY_BROKER_CONNECTION_TIMEOUT = 1
# And after one that was silent do not ask it again for so many seconds.
BROKER_PAUSE = 30
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 2,
    "max_retries": 0,
}

# Otherwise Celery puts its own lines in the place of ours.
CELERY_WORKER_REDIRECT_STDOUTS = False

# --- E-mail -----------------------------------------------------------------

# Empty: people are reminded on the pages only.
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_CONFIGURED = bool(EMAIL_URL)
# Under what people reach the pages from outside; it begins the links of the letters.
SITE_URL = env.str("SITE_URL", default="")
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="")
EMAIL_TIMEOUT = 10
# Who is told by letter when a backup or the doctor finds fault.
ALARM_TO = env.list("ALARM_TO", default=[])
if EMAIL_CONFIGURED:
    try:
        vars().update(env.email_url("EMAIL_URL"))
    except (ImproperlyConfigured, ValueError) as error:
        raise ImproperlyConfigured(
            "EMAIL_URL must look like smtp+tls://user:password@mail.example.vn:587."
        ) from error
    if not SITE_URL.startswith(("https://", "http://")):
        raise ImproperlyConfigured("SITE_URL must be set with EMAIL_URL: https://…, for the links.")
    if "@" not in DEFAULT_FROM_EMAIL:
        raise ImproperlyConfigured("EMAIL_FROM must be set with EMAIL_URL: the sender's address.")
if ALARM_TO and not (EMAIL_CONFIGURED and all("@" in address for address in ALARM_TO)):
    raise ImproperlyConfigured("ALARM_TO must be addresses, comma between; EMAIL_URL goes with it.")

# --- People -----------------------------------------------------------------

# On the sign-in page and in letters: whose system it is (empty: the province's Department of
# Education), and whom to ring.
AGENCY_NAME = env.str("AGENCY_NAME", default="")
HELP_LINE = env.str("HELP_LINE", default="")

# Signing in at the office's identity provider (OpenID Connect); empty: with a password alone.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
# What people call it; on the sign-in page.
OIDC_NAME = env.str("OIDC_NAME", default="")
if OIDC_ISSUER:
    if not OIDC_ISSUER.startswith(("https://", "http://127.0.0.1:")):
        raise ImproperlyConfigured("OIDC_ISSUER must begin with https://.")
    if not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET and OIDC_NAME):
        raise ImproperlyConfigured(
            "OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_NAME must be set with OIDC_ISSUER."
        )

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "accounts.backends.RoleBackend",
]
# The first hashes; a password known by another is hashed anew at the next sign-in.
PASSWORD_HASHERS = ["accounts.hashers.BoundedArgon2", "accounts.hashers.BoundedPBKDF2"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.NotGuessable"}]
AXES_ENABLED = AXES_ENABLE_ADMIN = False
# Wrong codes are counted as wrong passwords are (accounts.guessing); once is enough.
OTP_TOTP_THROTTLE_FACTOR = 0
OTP_TOTP_ISSUER = "Chuyen can"
OTP_WEBAUTHN_HELPER_CLASS = "accounts.passkeys.Helper"
OTP_WEBAUTHN_RP_ID_CALLABLE = "accounts.passkeys.relying_party"
OTP_WEBAUTHN_RP_NAME = "Chuyên cần"
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
OTP_WEBAUTHN_EXCEPTION_LOGGER_NAME = None
SILENCED_SYSTEM_CHECKS = [
    "axes.W002",
    "axes.W003",
    # The origin of a passkey is the host asked for, which ALLOWED_HOSTS bounds.
    "otp_webauthn.E030",
]
SESSION_COOKIE_AGE = 14 * 24 * 3600
# The same person, page and names within this time are one row of the access trail.
TRAIL_SLOT = timedelta(minutes=5)

# --- Security ---------------------------------------------------------------

HTTPS = env.bool("HTTPS", default=True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_FAILURE_VIEW = "accounts.views.sign_in.stale_form"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# One proxy of ours stands in front and sets the X-Forwarded headers itself.
TRUSTED_PROXY = env.bool("TRUSTED_PROXY", default=False)
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# No page asks the device for more than its screen.
PERMISSIONS_POLICY = ", ".join(
    f"{each}=()"
    for each in (
        "accelerometer", "ambient-light-sensor", "autoplay", "bluetooth", "browsing-topics",
        "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope", "hid",
        "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment",
        "picture-in-picture", "screen-wake-lock", "serial", "storage-access", "usb",
    )
)  # fmt: skip
# Whom a finder of a weakness tells (RFC 9116): mailto:, tel: or https: address; empty: nobody.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")
if SECURITY_CONTACT and not SECURITY_CONTACT.startswith(("mailto:", "tel:", "https://")):
    raise ImproperlyConfigured("SECURITY_CONTACT must begin with mailto:, tel: or https://.")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

# --- Language and time ------------------------------------------------------

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = ["lai_chau_edu.formats"]

# --- Libraries --------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    # A school's two sessions on one key take some 60 calls; a bulk call takes 200 registers.
    "DEFAULT_THROTTLE_RATES": {
        "read": "600/min",
        "registers": "240/min",
        "bulk": "30/min",
        "anonymous": "60/min",
    },
    "DEFAULT_SCHEMA_CLASS": "core.api_schema.Schema",
    "EXCEPTION_HANDLER": "core.api.refuse",
    "NUM_PROXIES": 1 if TRUSTED_PROXY else 0,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "lai_chau_edu",
    "DESCRIPTION": "Registers, rolls, figures and inspections of a province. See docs/api.md.",
    "VERSION": VERSION,
    # Provinces have hosts of their own: the one that serves this document.
    "SERVERS": [{"url": "/", "description": "the server of the province"}],
    "LICENSE": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "MarkKindEnum": "attendance.enums.Mark.choices",
        "EducationLevel": "schools.enums.EducationLevel.choices",
        "DropoutCause": "schools.enums.DropoutCause.choices",
    },
}
IMPORT_EXPORT_USE_TRANSACTIONS = True
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = configuration(LOG_LEVEL)
