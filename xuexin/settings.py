"""One settings file for every place: everything comes from the environment, and an empty environment works.

Every variable stands in `.env.example` with its default and one line; a test compares the two.
"""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from xuexin import allauth_tables, last_looks, private_files, signon
from xuexin.databases import limits_database, main_database
from xuexin.environment import (
    env,
    new_field_keys,
    new_original_keys,
    parse_field_keys,
    parse_original_keys,
    retention_days,
    secret_from_file,
)

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")

# --- where this runs -------------------------------------------------------------------------
EMBEDDED: bool = env.bool("XUEXIN_EMBEDDED", default=False)
DEBUG: bool = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY: str = env.str("SECRET_KEY", default="") or secret_from_file(VAR_DIR / "secret_key")
FIELD_KEYS = parse_field_keys(
    env.str("FIELD_KEYS", default="")
    or secret_from_file(VAR_DIR / "field_keys", make=new_field_keys())
)
ORIGINAL_KEYS = parse_original_keys(
    env.str("ORIGINAL_KEYS", default="")
    or secret_from_file(VAR_DIR / "original_keys", make=new_original_keys()),
    field_keys=FIELD_KEYS,
)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL: str = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")

if EMBEDDED and env.str("DATABASE_URL", default=""):
    raise ImproperlyConfigured(
        "XUEXIN_EMBEDDED=1 is for one machine on SQLite with open demo logins; "
        "remove it where DATABASE_URL names a server."
    )
if EMBEDDED and set(ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]", "testserver"}:
    raise ImproperlyConfigured(
        "XUEXIN_EMBEDDED=1 shows demo logins and all mails; it may only listen on this machine. "
        "Remove it, or leave ALLOWED_HOSTS at its default."
    )

# --- names shown to people -------------------------------------------------------------------
SITE_NAME: str = env.str("SITE_NAME", default="毕业核对")
OFFICE_NAME: str = env.str("OFFICE_NAME", default="教务处")
OFFICE_CONTACT: str = env.str("OFFICE_CONTACT", default="教务处学籍科")
# How quickly corrections are answered, on the start page; figures of fewer than five are never shown.
PUBLIC_SERVICE_FIGURES: bool = env.bool("PUBLIC_SERVICE_FIGURES", default=False)
OFFICIAL_URL: str = "https://www.chsi.com.cn"

# --- apps ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "xuexin.apps.XuexinConfig",
    "corrections.apps.CorrectionsConfig",
    "reports.apps.ReportsConfig",
    "imaging.apps.ImagingConfig",
    "enrollment.apps.EnrollmentConfig",
    "accounts.apps.AccountsConfig",
    "common.apps.CommonConfig",
    "xuexin.apps.XuexinAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.forms",  # its widget templates, because our renderer reads the project's templates first
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "captcha",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "common.middleware.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "common.middleware.IdleTimeoutMiddleware",
    "xuexin.middleware.LastSeenMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "xuexin.middleware.ReplacedAccountMiddleware",
    "xuexin.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.adapters.consent.ConsentMiddleware",
    "common.middleware.PrivatePagesMiddleware",
]
ROOT_URLCONF = "xuexin.urls"
WSGI_APPLICATION = "xuexin.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
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
                "xuexin.pages.context.site",
            ],
        },
    }
]

# --- data ------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": main_database(VAR_DIR),
    "cache": limits_database(VAR_DIR),
}
DATABASE_ROUTERS = ["common.routers.CacheRouter"]

REDIS_URL: str = env.str("REDIS_URL", default="")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must look like redis://host:6379/0")
_DATABASE_CACHE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "cache_entries",
    "OPTIONS": {"MAX_ENTRIES": 200_000},
    "KEY_FUNCTION": "common.cachekeys.keyed",
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "common.rediscache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "common.cachekeys.keyed",
    }
    if REDIS_URL
    else _DATABASE_CACHE,
    # What limits fall back to while Redis is away.
    "fallback": _DATABASE_CACHE,
}

RETAIN_DAYS: dict[str, int] = retention_days()  # of personal data, docs/privacy.md
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
S3_BUCKET: str = env.str("S3_BUCKET", default="")
ACCEL_LOCATION: str = private_files.accel_location(bucket=S3_BUCKET)
STORAGES: dict[str, dict[str, Any]] = {
    "default": private_files.private_storage(
        folder=MEDIA_ROOT, bucket=S3_BUCKET, is_shared=bool(ACCEL_LOCATION)
    ),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- language and time -----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- accounts --------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    # First: it ends the chain itself for numbers, so that known and unknown ones take equal time.
    "accounts.backends.DocumentNumberBackend",
    "accounts.backends.AccountBackend",
    "accounts.backends.OfficeRoleBackend",
]
PASSWORD_HASHERS = ["accounts.hashers.Argon2Hasher"]
PASSWORD_MIN_LENGTH: int = env.int("PASSWORD_MIN_LENGTH", default=8)
PASSWORD_MAX_LENGTH: int = env.int("PASSWORD_MAX_LENGTH", default=64)
if not 6 <= PASSWORD_MIN_LENGTH <= PASSWORD_MAX_LENGTH <= 128:  # noqa: PLR2004
    raise ImproperlyConfigured(
        "PASSWORD_MIN_LENGTH and PASSWORD_MAX_LENGTH must satisfy 6 <= MIN <= MAX <= 128"
    )
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.PasswordRule"}]
# An account that nobody used for so long loses its phone to who shows the code of that phone.
ABANDONED_AFTER_DAYS: int = env.int("ABANDONED_AFTER_DAYS", default=365)
# SMS with codes that one phone may get in a day.
SMS_PER_DAY: int = env.int("SMS_PER_DAY", default=10)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# "email*" keeps allauth's own check content; the form demands exactly one of the two.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*", "password2*"]
ACCOUNT_FORMS = allauth_tables.ACCOUNT_FORMS
ACCOUNT_RATE_LIMITS = allauth_tables.ACCOUNT_RATE_LIMITS
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
# Only in the browser that registered; on another device the person logs in after confirming.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 600
ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 5
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
# allauth offers the change only where an account was really begun, which tells known phones apart.
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_CHANGE = False
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = None
ALLAUTH_TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=0)
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
SINGLE_SIGN_ON = signon.single_sign_on()
STAFF_LOGIN: str = signon.staff_login(SINGLE_SIGN_ON)
STAFF_POLICY = "xuexin.staff.is_staff"
# What the page of 有误 says of the rules of its case, which are an app above it.
DISPUTE_RULES = "corrections.policies.told.told_for_dispute"
# Required everywhere but in the embedded demonstration, whose logins should open with one step.
STAFF_SECOND_FACTOR: str = signon.staff_second_factor(is_embedded=EMBEDDED)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "240/m/ip"}
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Nobody gets in with an unproved contact, so whoever adds a second factor is the account's person.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = allauth_tables.MFA_FORMS

# The picture after failed tries: legible, in the colours of the pages, without sound or script.
CAPTCHA_CHALLENGE_FUNCT = "common.captcha.challenge"
CAPTCHA_NOISE_FUNCTIONS = ("common.captcha.draw_lines",)
CAPTCHA_FILTER_FUNCTIONS = ()
CAPTCHA_FONT_SIZE = 38
CAPTCHA_IMAGE_SIZE = (208, 64)
CAPTCHA_LETTER_ROTATION = (-14, 14)
CAPTCHA_BACKGROUND_COLOR = "#fffdf8"
CAPTCHA_FOREGROUND_COLOR = "#1f1b17"
CAPTCHA_TIMEOUT = 10  # minutes

# --- sessions, cookies, headers --------------------------------------------------------------
SESSION_ENGINE = "common.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
# A session ends with the browser unless "stay logged in on this device" was ticked.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "xuexin.pages.errors.csrf_failure"
SESSION_IDLE_MINUTES: int = env.int("SESSION_IDLE_MINUTES", default=30)
HTTPS: bool = env.bool("HTTPS", default=not (EMBEDDED or DEBUG))
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
)
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "common.uploads.MemoryOnlyUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_TEMP_DIR = str(VAR_DIR / "uploads")
Path(FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True, mode=0o700)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
MAX_PHOTO_ZIP_BYTES: int = env.int("MAX_PHOTO_ZIP_MB", default=2048) * 1024 * 1024
MAX_ROSTER_BYTES: int = env.int("MAX_ROSTER_MB", default=60) * 1024 * 1024
FACE_CHECK: bool = env.bool("FACE_CHECK", default=True)
YUNET_MODEL: str = env.str("YUNET_MODEL", default="")

# --- mail and SMS ----------------------------------------------------------------------------
EMAIL_URL: str = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "common.mailbox.MailboxBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <noreply@localhost>")
MALWARE_SCAN: str = env.str("MALWARE_SCAN", default="")
SMS_BACKEND: str = env.str("SMS_BACKEND", default="common.sms.MailboxSms")
# Which message is asked about once more right before it is sent.
OUTBOX_LAST_LOOKS: dict[str, str] = last_looks.LAST_LOOKS
SMS_URL: str = env.str("SMS_URL", default="")
SMS_TOKEN: str = env.str("SMS_TOKEN", default="")

# --- verification reports --------------------------------------------------------------------
REPORT_LIVE_LIMIT: int = env.int("REPORT_LIVE_LIMIT", default=10)
REPORT_SIGNING_P12: str = env.str("REPORT_SIGNING_P12", default="")
REPORT_SIGNING_PASSWORD: str = env.str("REPORT_SIGNING_PASSWORD", default="")
REPORT_OWN_P12 = VAR_DIR / "report_signing.p12"

# --- background work -------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
if not REDIS_URL:
    _QUEUE = VAR_DIR / "queue"
    for _folder in ("messages", "control", "processed"):
        (_QUEUE / _folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(_QUEUE / "messages"),
        "data_folder_out": str(_QUEUE / "messages"),
        "control_folder": str(_QUEUE / "control"),
        "processed_folder": str(_QUEUE / "processed"),
        "polling_interval": 0.2,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- logging ---------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "common.redaction.RedactingFilter"}},
    "formatters": {
        "line": {
            "()": "common.redaction.RedactingFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
