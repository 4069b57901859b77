"""The settings of the entrance that depend on each other: second factor, ways of staff, campus log-in."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from xuexin.environment import env

_WELL_KNOWN = "/.well-known/openid-configuration"
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleSignOn:
    """A campus log-in by OpenID Connect."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    trusts_email: bool


def single_sign_on() -> SingleSignOn | None:
    """The provider that OIDC_* name; None when they are empty.

    Raises ImproperlyConfigured with the remedy when only some are set or the issuer is no safe address.
    """
    given = {
        "OIDC_ISSUER": env.str("OIDC_ISSUER", default="").strip(),
        "OIDC_CLIENT_ID": env.str("OIDC_CLIENT_ID", default="").strip(),
        # A file ends with a line break, which is no part of the secret.
        "OIDC_CLIENT_SECRET": env.str("OIDC_CLIENT_SECRET", default="").strip(),
    }
    name = env.str("OIDC_NAME", default="校园统一认证")
    trusts_email = env.bool("OIDC_TRUST_EMAIL", default=False)
    lacking = [key for key, value in given.items() if not value]
    if len(lacking) == len(given):
        return None
    if lacking:
        raise ImproperlyConfigured(
            f"{', '.join(lacking)}: set all of OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET "
            "(or OIDC_CLIENT_SECRET_FILE) for the campus log-in, or none of them."
        )
    if not 0 < len(name) <= _LONGEST_NAME:
        raise ImproperlyConfigured(f"OIDC_NAME must have 1 to {_LONGEST_NAME} characters.")
    return SingleSignOn(
        issuer=_issuer(given["OIDC_ISSUER"]),
        client_id=given["OIDC_CLIENT_ID"],
        client_secret=given["OIDC_CLIENT_SECRET"],
        name=name,
        trusts_email=trusts_email,
    )


def _issuer(text: str) -> str:
    issuer = text.removesuffix(_WELL_KNOWN).rstrip("/")
    parts = urlsplit(issuer)
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _THIS_MACHINE
    )
    if not (is_safe and parts.hostname) or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            "OIDC_ISSUER must be the provider's https address as it calls itself, without a query, "
            "for example https://sso.example.edu.cn/realms/campus"
        )
    return issuer


def staff_second_factor(*, is_embedded: bool) -> str:
    """`required`: registrar, auditors and college leaders reach nothing before they have one."""
    default = "offered" if is_embedded else "required"
    return _one_of(
        "STAFF_SECOND_FACTOR",
        env.str("STAFF_SECOND_FACTOR", default=default),
        "required",
        "offered",
    )


def staff_login(sso: SingleSignOn | None) -> str:
    """`sso`: staff log in at the campus provider only, which then must be there."""
    value = _one_of("STAFF_LOGIN", env.str("STAFF_LOGIN", default="any"), "any", "sso")
    if value == "sso" and sso is None:
        raise ImproperlyConfigured(
            "STAFF_LOGIN=sso needs the campus log-in: set OIDC_ISSUER, OIDC_CLIENT_ID and "
            "OIDC_CLIENT_SECRET, or STAFF_LOGIN=any."
        )
    return value


def _one_of(name: str, value: str, *allowed: str) -> str:
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of: {', '.join(allowed)}")
    return value
