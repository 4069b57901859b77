"""In-app messages of the account."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common import outbox
from common.http import AuthedRequest
from common.models import Channel, OutboxMessage

_PER_PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message as it reads."""

    title: str
    text: str
    at: datetime
    is_new: bool


@require_http_methods(["GET", "POST"])
def notices(request: AuthedRequest) -> HttpResponse:
    """The account's messages, newest first; a POST marks them all as read."""
    if request.method == "POST":
        outbox.mark_notices_read(request.user, now=timezone.now())
        return redirect("notices")
    rows = OutboxMessage.objects.filter(user=request.user, channel=Channel.NOTICE).order_by("-pk")
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    shown = [
        Notice(title=title, text=text, at=row.created_at, is_new=row.read_at is None)
        for row in page
        for title, text in (outbox.rendered(row),)
    ]
    context = {"page": page, "notices": shown, "has_new": any(each.is_new for each in shown)}
    return render(request, "pages/notices.html", context)
