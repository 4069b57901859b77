"""The second factor: the page that leads to it, and allauth's pages of passkeys in our way."""

from typing import Any

from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.selectors import has_second_factor
from accounts.views.entrance import whole
from common.http import AuthedRequest


@require_safe
def second_factor(request: AuthedRequest) -> HttpResponse:
    """What a working account has to set up before anything else; where the middleware leads to."""
    if has_second_factor(request.user):
        return redirect("mfa_index")
    return render(request, "accounts/second_factor.html")


class AddPasskeyView(AddWebAuthnView):
    """Adds a passkey that logs in alone: kept on the device, and opened by face, finger or its PIN."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the device is asked; with `passwordless` the server insists on it when it answers."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        data = {"creation_options": auth.begin_registration(self.request.user, passwordless=True)}
        return {**context, "form": kwargs.get("form") or self.get_form(), "js_data": data}


class LoginPasskeyView(LoginWebAuthnView):
    """Logs in by passkey alone."""


class ReauthenticatePasskeyView(ReauthenticateWebAuthnView):
    """The passkey once more; a failure stays on the page instead of leaving for the log-in."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say why, and ask again."""
        for message in form.errors.get("credential", []):
            messages.error(self.request, message)
        return redirect(self.request.get_full_path())


add_passkey = whole(AddPasskeyView.as_view())
login_by_passkey = login_not_required(LoginPasskeyView.as_view())
reauthenticate_by_passkey = ReauthenticatePasskeyView.as_view()
