"""All settings, from the environment (README has the table). Nothing here needs a server to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from studyplatform import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = env.folder(Path(env.text("STUDYPLATFORM_VAR", str(BASE_DIR / "var"))))
EXAMPLES = BASE_DIR / "examples"

DEBUG = env.flag("DEBUG")
KEYS = env.keys_in(VAR / "keys")
SECRET_KEY = KEYS.secret
SECRET_KEY_FALLBACKS = KEYS.older_secrets
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.listed("CSRF_TRUSTED_ORIGINS")

# Of Prolific's webhooks, one a workspace there.
PROLIFIC_WEBHOOK_SECRETS = env.listed("PROLIFIC_WEBHOOK_SECRETS")

INSTALLED_APPS = [
    "annotations.apps.AnnotationsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "annotations.core.faults.OnlyUtf8",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "studyplatform.urls"
WSGI_APPLICATION = "studyplatform.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Immediate transactions: with SQLite's deferred default, two writers that both began by reading
# deadlock and one of them fails at once, whatever the timeout.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    " PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
    # What is erased is overwritten, not left in the file's free pages.
    " PRAGMA secure_delete=ON;",
}
DATABASES: dict[str, Any] = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR / 'db.sqlite3'}")}
EMBEDDED = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if EMBEDDED:
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    DATABASES["default"]["ENGINE"] = "studyplatform.postgresql"
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 2)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "annotations.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "research:studies"
LOGOUT_REDIRECT_URL = "login"

# Mail goes out where a server is named; without one links are shown instead, and alerts on pages only.
MAIL = env.mail("EMAIL_URL")
MAIL_ON = bool(MAIL.host)
EMAIL_BACKEND = MAIL.backend
EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.starttls, MAIL.tls
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("MAIL_FROM", "studyplatform@localhost")

LANGUAGE_CODE = "en"
# Of participants' pages; the workbench is in English.
LANGUAGES = [("en", "English"), ("zh-hans", "中文"), ("es", "Español")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [BASE_DIR / "annotations" / "locale"]
CSRF_FAILURE_VIEW = "annotations.core.faults.csrf_failure"
TIME_ZONE = env.zone("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.folder(VAR / "static")
# Static files are served from where they lie: one process less to run before the first page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

HTTPS = env.flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
# Of a form: a page of the set-up has one for every word of every question in every language.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# Of a file that a researcher sends. It lies in var/ from its first byte.
UPLOAD_MAX_BYTES = env.whole("UPLOAD_MAX_MB", 200) * 1_000_000
FILE_UPLOAD_HANDLERS = ["annotations.core.uploads.BoundedUpload"]
FILE_UPLOAD_TEMP_DIR = env.folder(VAR / "tmp")
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

BROKER_FOLDER = VAR / "broker"
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", "filesystem://localhost//")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 5}
if CELERY_BROKER_URL.startswith("filesystem"):
    for name in ("queue", "control"):
        env.folder(BROKER_FOLDER / name)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_FOLDER / "queue"),
        "data_folder_out": str(BROKER_FOLDER / "queue"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "annotations.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
}

# How long a worker's or a job's last sign of life counts, in seconds.
WORKER_BEAT = 1.0
WORKER_LOST_AFTER = 3.0
JOB_LOST_AFTER = 15.0
LOAD_LOST_AFTER = 60.0

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "short": {"()": "studyplatform.logs.ShortLine"},
    },
    "filters": {"outages_in_short": {"()": "studyplatform.logs.OutagesInShort"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "stderr_short": {"class": "logging.StreamHandler", "formatter": "short"},
    },
    "root": {"handlers": ["stderr"], "level": env.log_level("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["outages_in_short"]},
        # Whoever scans the net sends these by the thousand, with a text of their own.
        "django.security.DisallowedHost": {"handlers": ["stderr_short"], "propagate": False},
    },
}
