"""What every page's frame needs."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation."""

    label: str
    url: str
    current: bool


def site(request: HttpRequest) -> dict[str, Any]:
    """Names, navigation and footer of the site, for every template."""
    return {
        "site_name": settings.SITE_NAME,
        "office_name": settings.OFFICE_NAME,
        "office_contact": settings.OFFICE_CONTACT,
        "official_url": settings.OFFICIAL_URL,
        "is_embedded": settings.EMBEDDED,
        "is_demo": settings.EMBEDDED,
        "nav_items": _nav(request),
    }


def _nav(request: HttpRequest) -> list[NavItem]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    entries = [("首页", reverse("home"))]
    return [NavItem(label, url, request.path == url) for label, url in entries]
