"""一键提醒: one click reminds those of a class who have not acted."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods

from common import ratelimit
from common.components import FieldRow
from common.http import AuthedRequest, domain_errors
from common.wording import moment_sentence
from corrections.views.places import class_place_or_404
from enrollment.views.guards import class_board_required
from imaging.policies.reminders import may_remind
from imaging.selectors.reminders import (
    Recipients,
    class_recipients,
    rules_of,
    sample_reminder,
)
from imaging.services.reminders import Reminded, send_class_reminder

_CLICKS: Final = ratelimit.Limit("class_remind", 60, 3600)


@class_board_required
@require_http_methods(["GET", "POST"])
@domain_errors("corrections:board")
def class_remind(request: AuthedRequest, class_id: int, campaign_id: int) -> HttpResponse:
    """First how many and what is said, then the sending."""
    now = clock()
    place = class_place_or_404(request, class_id, campaign_id)
    rules = rules_of(place["class_group"].school)
    if not may_remind(request.user, place["class_group"], rules=rules, now=now):
        raise Http404
    if request.method == "POST":
        ratelimit.hit(_CLICKS, str(request.user.pk), now=now)
        done = send_class_reminder(**place, actor=request.user, now=now)
        tell = messages.success if done.reminded else messages.warning
        tell(request, outcome_text(done))
        return redirect("corrections:class_page", class_id, campaign_id)
    due_at = rules.next_moment(now)
    recipients = class_recipients(**place, rules=rules, due_at=due_at, now=now)
    context = {
        **place,
        "recipients": recipients,
        "rows": _rows(recipients),
        "sample": sample_reminder(**place, due_at=due_at),
        "put_off_until": due_at if due_at > now else None,
        "per_day": rules.per_day,
    }
    return render(request, "corrections/class_remind.html", context)


def _rows(found: Recipients) -> list[FieldRow]:
    """Everybody who is awaited, by whether they are written to."""
    counts = (
        ("会提醒", found.to_remind),
        ("今天已被提醒过", found.already),
        ("不接收提醒", found.opted_out),
        ("还没有账号或没有绑定学籍", found.no_account),
        ("照片还没到", found.no_photo),
        ("在能提醒以前就截止", found.too_late),
    )
    return [
        FieldRow(label=label, value=f"{amount} 人")
        for position, (label, amount) in enumerate(counts)
        if amount or not position
    ]


def outcome_text(done: Reminded) -> str:
    """What the click has done, as the page says it."""
    others = done.others
    # Whom a click at the same moment reached first has been reminded today.
    already = others.already + others.to_remind - done.reminded
    first = f"已提醒 {done.reminded} 人"
    if done.is_put_off and done.reminded:
        first = f"现在不打扰，{moment_sentence(done.due_at)}提醒 {done.reminded} 人"
    parts = [
        (True, first),
        (already, f"{already} 人今天已被提醒过"),
        (others.opted_out, f"{others.opted_out} 人不接收提醒"),
        (others.no_account, f"{others.no_account} 人还没有账号或没有绑定学籍"),
        (others.no_photo, f"{others.no_photo} 人的照片还没到"),
        (others.too_late, f"{others.too_late} 人在能提醒以前就截止"),
    ]
    return "，".join(text for amount, text in parts if amount) + "。"
