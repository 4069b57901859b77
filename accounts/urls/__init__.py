"""Addresses of one's own account."""

from django.urls import path

from accounts.views import entrance as views
from accounts.views import recovery

app_name = "accounts"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("privacy/", views.privacy, name="privacy"),
    path("activation/", views.activation_resend, name="activation_resend"),
    path("recover/", recovery.recover_login, name="recover_login"),
    path("password/renew/", views.password_renew, name="password_renew"),
]
