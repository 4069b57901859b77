"""The local outbox: mails and SMS of an embedded site, which has nobody to send them to."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common import mailbox
from common import outbox as messages

__all__ = ["outbox"]


@login_not_required
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """What was sent, newest first; 404 wherever messages really go out.

    Looking at it delivers what is due, so that a link is there even before the worker came round.
    """
    if not settings.EMBEDDED:
        raise Http404
    messages.deliver_pending(now=timezone.now())
    return render(request, "pages/outbox.html", {"kept": mailbox.kept()})
