"""The account's choice whether to be reminded."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common import ratelimit
from common.http import AuthedRequest, domain_errors
from imaging.selectors.reminders import wants_none
from imaging.services.reminder_plan import choose_reminders

_CHOICES: Final = ratelimit.Limit("reminder_choice", 20, 3600)


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:reminder_choice")
def reminder_choice(request: AuthedRequest) -> HttpResponse:
    """Whether reminders come, and which messages come either way."""
    if request.method == "POST":
        now = timezone.now()
        ratelimit.hit(_CHOICES, str(request.user.pk), now=now)
        wants = request.POST.get("wants") == "yes"
        choose_reminders(user=request.user, wants=wants, now=now)
        messages.success(request, "以后会提醒你。" if wants else "以后不再提醒你。")
        return redirect("imaging:reminder_choice")
    context = {"is_reminded": not wants_none(request.user.pk)}
    return render(request, "imaging/reminder_choice.html", context)
