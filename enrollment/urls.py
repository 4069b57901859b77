"""Addresses of declaring and binding."""

from django.urls import path

from enrollment.views import binding, identity, invitation

app_name = "enrollment"
urlpatterns = [
    path("", identity.declare, name="identity_declare"),
    path("confirm/", identity.confirm, name="identity_confirm"),
    path("binding/", binding.bind, name="record_bind"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
]
