"""The campus log-in by OpenID Connect: allauth's flow, our rules of whose account it opens.

Nothing of the claims is kept or believed but the subject (as a keyed index) and, where the school says
that its provider proves addresses, the e-mail. Who a student is comes from the roster, never from here.
"""

import logging
import secrets
from typing import Any, NoReturn, cast

import jwt
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import User
from accounts.policies import campus_login
from common.crypto import blind_index

__all__ = ["CampusCallback", "CampusClient", "CampusProvider", "SocialAccountAdapter"]

logger = logging.getLogger(__name__)

PROVIDER_ID = "campus"
# Signed with a key that the provider alone has; never with the shared secret, never unsigned.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_LEEWAY = 60


class CampusClient(OpenIDConnectOAuth2Adapter):
    """Talks to the provider; trusts its answers only as far as they fit what was asked."""

    state: dict[str, Any]

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, PROVIDER_ID)
        self.state = {}

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says about itself; it must be the one in the settings."""
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != campus_login().issuer:
            raise OAuth2Error("the provider calls itself by another name than OIDC_ISSUER")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Where the provider sends people back to."""
        return str(build_absolute_uri(request, reverse("sso_callback"), None))

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """The person behind a code: the ID token is signed, answers our question, and is about them."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("no ID token")
        login = super().complete_login(request, app, token, **kwargs)
        claims = login.account.extra_data
        proved = claims["id_token"]
        if not secrets.compare_digest(str(proved.get("nonce")), str(self.state.get("nonce"))):
            raise OAuth2Error("the ID token answers another question")
        if claims.get("userinfo", proved).get("sub") != proved.get("sub"):
            raise OAuth2Error("user info of somebody else")
        login.account.extra_data = {}
        login.token = None
        return login

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """With its signature: allauth leaves it out for tokens that came straight from the provider."""
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=self._key_of(id_token),
                algorithms=_ALGORITHMS,
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=_LEEWAY,
                options={"require": ["iss", "aud", "sub", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error("the ID token does not hold") from error
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("the ID token is for another client")
        return claims

    def _key_of(self, id_token: str) -> jwt.PyJWK:
        """The provider's key that the token names; the only one, where it names none."""
        with get_adapter().get_requests_session() as session:
            keys = jwt.PyJWKSet.from_dict(session.get(self.openid_config["jwks_uri"]).json()).keys
        name = jwt.get_unverified_header(id_token).get("kid")
        fitting = [key for key in keys if name in (None, key.key_id)]
        if len(fitting) != 1:
            raise OAuth2Error("no key, or no single one, fits the ID token")
        return fitting[0]


class CampusCallback(OAuth2CallbackView):
    """allauth's way back, with the state at hand where the ID token is checked."""

    def _get_state(
        self, request: HttpRequest, provider: Any
    ) -> tuple[dict[str, Any] | None, HttpResponse | None]:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, response


class CampusProvider(OpenIDConnectProvider):
    """One provider, the one of the settings."""

    oauth2_adapter_class = CampusClient

    def get_oauth2_adapter(self, request: HttpRequest) -> CampusClient:
        """Our client."""
        return CampusClient(request)

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,
        **kwargs: Any,
    ) -> HttpResponse:
        """Off to the provider, with state, nonce and PKCE; the address cannot add parameters."""
        nonce = secrets.token_urlsafe(24)
        kwargs |= {"auth_params": {"nonce": nonce}, "scope": None, "nonce": nonce}
        return cast("HttpResponse", super().redirect(request, process, next_url, data, **kwargs))

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The subject as a keyed index: at some schools it is the document number itself."""
        subject = super().extract_uid(data)
        return blind_index(f"{campus_login().issuer} {subject}", purpose="oidc").hex()

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing: names and numbers come from people and rosters."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """The address, when the provider says that it has proved it."""
        claims = data.get("userinfo") or data["id_token"]
        if claims.get("email") and claims.get("email_verified") in (True, "true"):
            return [EmailAddress(email=str(claims["email"]).lower(), verified=True, primary=True)]
        return []


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Whose account a campus log-in opens: a linked one, or one with the same proved e-mail."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "connected_other": "这个校园账号已经关联了别的账号。",
        "invalid_token": "校园统一认证没有通过，再试一次。",
    }

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one of the settings; allauth's table of providers is not read."""
        sso = settings.SINGLE_SIGN_ON
        if sso is None:
            return []
        return [
            SocialApp(
                provider=OpenIDConnectProvider.id,
                provider_id=PROVIDER_ID,
                name=sso.name,
                client_id=sso.client_id,
                secret=sso.client_secret,
                settings={"server_url": sso.issuer, "oauth_pkce_enabled": True},
            )
        ]

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> CampusProvider:
        """The one provider."""
        return CampusProvider(request, app=self.get_app(request, provider=provider))

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """The account that has proved the same address, where the provider's word for it counts.

        An account that is linked to a campus account already is opened by that one alone: addresses
        are given to somebody else one day.
        """
        if not campus_login().trusts_email:
            return None
        for address in sociallogin.email_addresses:
            owned = EmailAddress.objects.filter(email=address.email, verified=True)
            row = owned.select_related("user").first()
            if row and not SocialAccount.objects.filter(user=row.user).exists():
                return row.user, address.email
        return None

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: people register with a contact of their own."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Stop whom no account is linked to, and a second link of one account."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if request.user.is_authenticated and self._is_linked_otherwise(request, sociallogin):
                self._stop(request, "double")
        elif not sociallogin.is_existing:
            self._stop(request, "unknown")

    def _is_linked_otherwise(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        links = SocialAccount.objects.filter(user=request.user)
        return bool(links.exclude(uid=sociallogin.account.uid).exists())

    def on_authentication_error(
        self, request: HttpRequest, provider: CampusProvider, **kwargs: Any
    ) -> NoReturn:
        """One page for everything that went wrong on the way: what it was is the operator's matter."""
        logger.warning("campus log-in: %s %s", kwargs.get("error"), kwargs.get("exception") or "")
        self._stop(request, "failed", status=401)

    def _stop(self, request: HttpRequest, reason: str, *, status: int = 403) -> NoReturn:
        context = {"reason": reason, "sso_name": campus_login().name}
        raise ImmediateHttpResponse(
            render(request, "accounts/sso_stopped.html", context, status=status)
        )

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        """Back to the page of links."""
        return reverse("sso_links")
