"""The gallery as it stands in development, beside the real addresses."""

from django.urls import URLPattern, URLResolver, include, path

from xuexin.pages.gallery import gallery

urlpatterns: list[URLPattern | URLResolver] = [
    path("ui/", gallery),
    path("", include("xuexin.urls")),
]
