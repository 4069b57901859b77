"""Common questions, for whoever has not registered yet."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.states import PHONE_TRUSTED_FOR


@login_not_required
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """What registering gives, why a phone and the real number are asked for, and what to do when stuck."""
    context = {"days": settings.RETAIN_DAYS, "trusted_days": PHONE_TRUSTED_FOR.days}
    return render(request, "pages/help.html", context)
