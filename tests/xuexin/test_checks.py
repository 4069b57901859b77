"""What `manage.py check --deploy` says about an installation that is not ready."""

from pathlib import Path
from typing import Any

import pytest

from xuexin.checks import check_deployment

pytestmark = pytest.mark.unit


@pytest.fixture
def ready(settings: Any) -> Any:
    """Settings of an installation that is complete."""
    settings.EMBEDDED = False
    settings.EMAIL_URL = "smtp+tls://mail.example.edu.cn:587"
    settings.SMS_BACKEND = "common.sms.HttpSms"
    settings.SMS_URL = "https://sms.example.edu.cn/"
    settings.STATIC_ROOT = Path("/srv/static")
    settings.MEDIA_ROOT = Path("/srv/media")
    settings.BASE_URL = "https://xuexin.example.edu.cn"
    settings.REDIS_URL = "redis://redis.example.edu.cn:6379/0"
    settings.STAFF_SECOND_FACTOR = "required"
    settings.MALWARE_SCAN = "/usr/bin/clamdscan --no-summary"
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
    return settings


def found() -> list[str | None]:
    return [message.id for message in check_deployment()]


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_complete_installation_has_no_findings(ready: Any) -> None:
    assert found() == []


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("EMBEDDED", True, "xuexin.E001"),
        ("EMAIL_URL", "", "xuexin.E002"),
        ("SMS_BACKEND", "common.sms.MailboxSms", "xuexin.E003"),
        ("SMS_BACKEND", "common.sms.ConsoleSms", "xuexin.E003"),
        ("SMS_URL", "http://sms.example.edu.cn/", "xuexin.E004"),
        ("MEDIA_ROOT", Path("/srv/static/media"), "xuexin.E005"),
        ("MEDIA_ROOT", Path("/srv/static"), "xuexin.E005"),
        ("BASE_URL", "http://xuexin.example.edu.cn", "xuexin.E006"),
        ("DATABASES", {"default": {"ENGINE": "django.db.backends.sqlite3"}}, "xuexin.W001"),
        ("REDIS_URL", "", "xuexin.W002"),
        ("STAFF_SECOND_FACTOR", "offered", "xuexin.W003"),
        ("MALWARE_SCAN", "", "xuexin.W004"),
    ],
)
def test_gap_is_named(ready: Any, name: str, value: object, expected: str) -> None:
    setattr(ready, name, value)

    assert found() == [expected]
