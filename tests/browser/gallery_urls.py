"""The gallery as it stands in development, beside the real addresses."""

from django.urls import URLPattern, URLResolver, path

from xuexin.pages.gallery import gallery
from xuexin.urls import urlpatterns as real

urlpatterns: list[URLPattern | URLResolver] = [
    path("ui/", gallery),
    *(pattern for pattern in real if str(pattern.pattern) != "ui/"),
]
