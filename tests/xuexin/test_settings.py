"""A wrong value in the environment fails at start and says what to write instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xuexin.environment import new_field_keys

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


def start(tmp_path: Path, code: str = "import xuexin.settings", **values: str) -> tuple[int, str]:
    """Exit status and last line of a process that reads the settings."""
    kept = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, **values},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"DATABASE_URL": "mysql://user@host/name"}, "postgres://user:password@host/name"),
        ({"REDIS_URL": "http://host"}, "redis://host:6379/0"),
        ({"FIELD_KEYS": "k1:short"}, "openssl rand -base64 32"),
        ({"FIELD_KEYS": new_field_keys().split(",")[0]}, "index:BASE64,k1:BASE64"),
        ({"ORIGINAL_KEYS": "o1:short"}, "ORIGINAL_KEYS: the key “o1”"),
        ({"ORIGINAL_KEYS": new_field_keys()}, "no index key: o1:BASE64"),
        (
            {"FIELD_KEYS": (same := new_field_keys()), "ORIGINAL_KEYS": same.split(",")[1]},
            "holds a key of FIELD_KEYS",
        ),
        ({"ACCEL_LOCATION": "private"}, "for example /_private/"),
        ({"ACCEL_LOCATION": "/_private/", "S3_BUCKET": "photos"}, "remove one of the two"),
        ({"S3_BUCKET": "photos", "S3_ADDRESSING_STYLE": "host"}, "one of: path, virtual"),
        ({"PASSWORD_MIN_LENGTH": "70"}, "6 <= MIN <= MAX <= 128"),
        (
            {"OIDC_ISSUER": "https://sso.example.edu.cn", "OIDC_CLIENT_ID": "xuexin"},
            "OIDC_CLIENT_SECRET: set all of",
        ),
        ({"OIDC_CLIENT_SECRET": "s"}, "OIDC_ISSUER, OIDC_CLIENT_ID: set all of"),
        (
            {
                "OIDC_ISSUER": "http://sso.example.edu.cn",
                "OIDC_CLIENT_ID": "xuexin",
                "OIDC_CLIENT_SECRET": "s",
            },
            "for example https://sso.example.edu.cn/realms/campus",
        ),
        (
            {
                "OIDC_ISSUER": "https://sso.example.edu.cn/?realm=1",
                "OIDC_CLIENT_ID": "xuexin",
                "OIDC_CLIENT_SECRET": "s",
            },
            "without a query",
        ),
        ({"STAFF_LOGIN": "sso"}, "or STAFF_LOGIN=any"),
        ({"STAFF_LOGIN": "both"}, "STAFF_LOGIN must be one of: any, sso"),
        ({"STAFF_SECOND_FACTOR": "yes"}, "STAFF_SECOND_FACTOR must be one of: required, offered"),
        (
            {"XUEXIN_EMBEDDED": "1", "DATABASE_URL": "postgres://user@host/name"},
            "remove it where DATABASE_URL names a server",
        ),
        (
            {"XUEXIN_EMBEDDED": "1", "ALLOWED_HOSTS": "xuexin.example.edu.cn"},
            "leave ALLOWED_HOSTS at its default",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_wrong_value_names_the_remedy(tmp_path: Path, values: dict[str, str], remedy: str) -> None:
    status, line = start(tmp_path, **values)

    assert (status, "ImproperlyConfigured" in line, remedy in line) == (1, True, True), line


def test_empty_environment_is_enough(tmp_path: Path) -> None:
    code = (
        "from xuexin import settings as s; print(s.DEBUG, s.EMBEDDED, s.HTTPS, s.REDIS_URL == '')"
    )

    assert start(tmp_path, code) == (0, "False False True True")


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    code = "from xuexin import settings as s; print(s.SECRET_KEY, s.FIELD_KEYS, s.ORIGINAL_KEYS)"

    first, second = start(tmp_path, code), start(tmp_path, code)

    assert first == second
    names = ("secret_key", "field_keys", "original_keys")
    assert {name: oct((tmp_path / name).stat().st_mode & 0o777) for name in names} == dict.fromkeys(
        names, "0o600"
    )


def test_secret_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a key from a file\n")
    code = "from xuexin import settings as s; print(s.SECRET_KEY)"

    assert start(tmp_path, code, SECRET_KEY_FILE=str(tmp_path / "key")) == (0, "a key from a file")


@pytest.mark.parametrize(
    ("values", "expected"),
    [({}, "required"), ({"XUEXIN_EMBEDDED": "1"}, "offered"), ({"DEBUG": "1"}, "required")],
    ids=["production", "embedded", "debug"],
)
def test_second_factor_is_required_but_in_the_demonstration(
    tmp_path: Path, values: dict[str, str], expected: str
) -> None:
    code = "from xuexin import settings as s; print(s.STAFF_SECOND_FACTOR)"

    assert start(tmp_path, code, **values) == (0, expected)


def test_campus_login_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "oidc").write_text("from-a-file\n")
    code = (
        "from xuexin import settings as s; o = s.SINGLE_SIGN_ON; "
        "print(o.issuer, o.client_id, o.client_secret, o.name, o.trusts_email, s.STAFF_LOGIN)"
    )

    assert start(
        tmp_path,
        code,
        OIDC_ISSUER="https://sso.example.edu.cn/realms/campus/.well-known/openid-configuration",
        OIDC_CLIENT_ID="xuexin",
        OIDC_CLIENT_SECRET_FILE=str(tmp_path / "oidc"),
        STAFF_LOGIN="sso",
    ) == (
        0,
        "https://sso.example.edu.cn/realms/campus xuexin from-a-file 校园统一认证 False sso",
    )


def test_campus_login_is_off_by_default(tmp_path: Path) -> None:
    code = "from xuexin import settings as s; print(s.SINGLE_SIGN_ON)"

    assert start(tmp_path, code) == (0, "None")
