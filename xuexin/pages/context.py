"""What every page's frame needs."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from common.components import NavItem
from xuexin.pages.standing import Standing, standing_of

_FROM_CLASSES = ("office_board", "college_list", "papers")


def site(request: HttpRequest) -> dict[str, Any]:
    """Names, navigation and footer of the site, for every template."""
    return {
        "site_name": settings.SITE_NAME,
        "office_name": settings.OFFICE_NAME,
        "office_contact": settings.OFFICE_CONTACT,
        "official_url": settings.OFFICIAL_URL,
        "sso_name": settings.SINGLE_SIGN_ON.name if settings.SINGLE_SIGN_ON else "",
        "is_embedded": settings.EMBEDDED,
        "is_demo": settings.EMBEDDED,
        "foot_links": [
            NavItem(label="常见问题", url=reverse("help")),
            NavItem(label="照片自检", url=reverse("imaging:self_check")),
            NavItem(label="个人信息处理告知", url=reverse("accounts:privacy")),
        ],
        # Only a page that draws the frame asks what the account is.
        "nav_items": SimpleLazyObject(lambda: navigation(request)),
    }


def standing(request: HttpRequest, *, now: datetime | None = None) -> Standing | None:
    """The standing of whoever asks, read once a request; None for a visitor."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):  # a visitor, or a page without sessions
        return None
    known: Standing | None = getattr(request, "_standing", None)
    if known is None:
        known = standing_of(user, now=now or timezone.now())
        request._standing = known  # type: ignore[attr-defined]  # noqa: SLF001
    return known


def navigation(request: HttpRequest) -> list[NavItem]:
    """The main navigation of whoever asks; a visitor has none."""
    held = standing(request)
    if held is None:
        return []
    entries = [("首页", reverse("home"))]
    if held.is_student:
        entries += [
            ("核对", reverse("imaging:verify")),
            ("学籍信息", reverse("record")),
            ("勘误", reverse("corrections:request_list")),
            ("验证报告", reverse("reports:report_list")),
        ]
    if held.is_monitor or held.is_staff:
        entries.append(("班级", reverse("corrections:board")))
    if held.is_office:
        entries.append(("工作台", reverse("admin:index")))
    unread = f"（{held.unread}）" if held.unread else ""
    entries += [(f"消息{unread}", reverse("notices")), ("账号", reverse("accounts:overview"))]
    return [
        NavItem(label=label, url=url, current=_is_here(request.path, url)) for label, url in entries
    ]


def _is_here(path: str, url: str) -> bool:
    if url == "/":
        return path == url
    # Boards, cases and papers of a college are reached from the classes.
    below = _FROM_CLASSES if url == reverse("corrections:board") else ()
    return path.startswith((url, *(reverse(f"corrections:{name}") for name in below)))
