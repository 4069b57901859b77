"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from xuexin.pages import health

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("", include("corrections.urls")),
]
