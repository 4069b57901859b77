"""allauth's addresses; those that write several rows go through views made whole."""

from django.urls import include, path, re_path

from accounts.views import entrance as views
from accounts.views import recovery, second_factor, sessions, sso

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("signup/", views.signup, name="account_signup"),
    path("email/", views.email, name="account_email"),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$", views.confirm_email, name="account_confirm_email"
    ),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", recovery.password_reset, name="account_reset_password"),
    path(
        "password/reset/confirm/",
        recovery.confirm_password_reset,
        name="account_confirm_password_reset_code",
    ),
    path(
        "password/reset/complete/",
        recovery.complete_password_reset,
        name="account_complete_password_reset",
    ),
    path("login/code/", views.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", views.confirm_login_code, name="account_confirm_login_code"),
    path("phone/verify/", views.verify_phone, name="account_verify_phone"),
    path("phone/change/", views.change_phone, name="account_change_phone"),
    path("2fa/webauthn/add/", second_factor.add_passkey, name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", second_factor.login_by_passkey, name="mfa_login_webauthn"),
    path(
        "2fa/webauthn/reauthenticate/",
        second_factor.reauthenticate_by_passkey,
        name="mfa_reauthenticate_webauthn",
    ),
    path("sessions/", sessions.sessions, name="usersessions_list"),
    path("sso/", sso.links, name="sso_links"),
    path("sso/login/", sso.login, name="sso_login"),
    path("sso/callback/", sso.callback, name="sso_callback"),
    # Not allauth.urls: its pages of sessions and of other providers have no place here.
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
]
