"""Addresses of one's own account."""

from django.urls import path

from accounts.views import contacts, counter, doubt, recovery, second_factor, sessions
from accounts.views import entrance as views
from accounts.views.consent import consent

app_name = "accounts"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("privacy/", views.privacy, name="privacy"),
    path("consent/", consent, name="consent"),
    path("activation/", views.activation_resend, name="activation_resend"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/remove/email/", contacts.remove_email, name="email_remove"),
    path("contacts/remove/phone/", contacts.remove_phone, name="phone_remove"),
    path("recover/", recovery.recover_login, name="recover_login"),
    path("phone/", doubt.phone_doubt, name="phone_doubt"),
    path("phone/new-password/", doubt.phone_doubt_reset, name="phone_doubt_reset"),
    path("counter/<str:token>/", counter.prove, name="counter_prove"),
    path("counter/<int:recovery_id>/receipt/", counter.receipt, name="counter_receipt"),
    path("password/renew/", views.password_renew, name="password_renew"),
    path("second-factor/", second_factor.second_factor, name="second_factor"),
    path("sessions/<int:session_id>/end/", sessions.session_end, name="session_end"),
    path("not-me/<str:token>/", sessions.not_me, name="not_me"),
]
