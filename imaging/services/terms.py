"""Changing a campaign's rules and texts, without touching what was concluded under the former ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from common.placeholders import check_places
from imaging.models import Campaign, CampaignTerms, PhotoProfile
from imaging.policies import check_can_manage_campaigns
from imaging.selectors.terms import (
    HELP_PLACES,
    SILENCE_PLACES,
    USAGE_PLACES,
    photo_reason_words,
)
from imaging.states import CampaignKind, PhotoReason

__all__ = ["LABEL_LENGTH", "TERMS", "change_terms", "check_reasons", "check_texts"]

LABEL_LENGTH: Final = 30
_LONGEST_WINDOW: Final = 240
_LONGEST_RECHECK: Final = 480
# What has a number: the fields that stand on a campaign and, once replaced, in its former rules.
TERMS: Final = (
    "window_hours",
    "recheck_hours",
    "profile",
    "photo_reasons",
    "reason_words",
    "usage_text",
    "silence_text",
    "help_text",
)


@transaction.atomic
def change_terms(
    *, campaign: Campaign, changes: Mapping[str, Any], actor: Actor, now: datetime, reason: str
) -> Campaign:
    """Give the campaign other rules or texts (fields of `TERMS`); they count for what is given from now on.

    What was concluded keeps the window, reasons and texts that it was given under: the former ones
    stay under their number. A page that showed the former ones is refused when it is handed in.
    """
    check_can_manage_campaigns(actor)
    if not reason.strip():
        raise InvalidInputError("请写明改动的理由。", field="reason")
    changed = {name: changes[name] for name in TERMS if name in changes}
    changed = {name: new for name, new in changed.items() if new != getattr(campaign, name)}
    if not changed:
        raise InvalidInputError("没有改动。")
    _check(campaign, changed)
    number = campaign.terms_no
    unmoved = Campaign.objects.filter(pk=campaign.pk, terms_no=number)
    former = {name: getattr(campaign, name) for name in TERMS}
    if unmoved.update(**changed, terms_no=number + 1) != 1:
        raise StaleStateError("这个批次的规则刚刚被别人改过，请刷新页面再看。")
    CampaignTerms.objects.create(
        campaign=campaign,
        number=number,
        **former,
        reason=reason.strip(),
        replaced_at=now,
        replaced_by=actor.actor_label,
    )
    campaign.refresh_from_db()
    audit.record(
        "campaign.terms_changed",
        actor=actor,
        now=now,
        obj=campaign,
        reason=reason.strip(),
        details={
            "version_no": campaign.terms_no,
            "before": {name: _plain(former[name]) for name in changed},
            "after": {name: _plain(getattr(campaign, name)) for name in changed},
        },
    )
    return campaign


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, PhotoProfile) else value


def _check(campaign: Campaign, changed: Mapping[str, Any]) -> None:
    _check_hours(changed, "window_hours", _LONGEST_WINDOW)
    _check_hours(changed, "recheck_hours", _LONGEST_RECHECK)
    profile = changed.get("profile")
    if profile is not None and profile.kind != campaign.profile.kind:
        raise InvalidInputError(
            f"这个批次核对的是{campaign.profile.get_kind_display()}，请选同一种照片的标准。",
            field="profile",
        )
    if "photo_reasons" in changed or "reason_words" in changed:
        check_reasons(
            changed.get("photo_reasons", campaign.photo_reasons),
            changed.get("reason_words", campaign.reason_words),
        )
    check_texts(CampaignKind(campaign.kind), changed)


def _check_hours(changed: Mapping[str, Any], name: str, longest: int) -> None:
    hours = changed.get(name)
    if hours is not None and not 0 <= hours <= longest:
        raise InvalidInputError(f"请填 0 到 {longest} 之间的小时数。", field=name)


def check_reasons(chosen: Sequence[str], words: Mapping[str, Mapping[str, str]]) -> None:
    """InvalidInputError unless the list says everything that a student must be able to say, once each."""
    if len(set(chosen)) != len(chosen) or not set(chosen) <= set(PhotoReason.values):
        raise InvalidInputError("原因的清单里有重复的或不认识的项。", field="photo_reasons")
    if chosen and not {PhotoReason.NOT_ME, PhotoReason.OTHER} <= set(chosen):
        raise InvalidInputError(
            f"“{PhotoReason.NOT_ME.label}”和“{PhotoReason.OTHER.label}”要一直能选，"
            "不然照片错了的学生没法说。",
            field="photo_reasons",
        )
    if not set(words) <= set(PhotoReason.values):
        raise InvalidInputError("给了一个不认识的原因写了说法。", field="reason_words")
    labels = [photo_reason_words(words, reason)[0] for reason in PhotoReason]
    if any(len(label) > LABEL_LENGTH or "|" in label for label in labels):
        raise InvalidInputError(
            f"每个说法请写在 {LABEL_LENGTH} 字以内，不用竖线。", field="reason_words"
        )
    if len(set(labels)) != len(labels):
        raise InvalidInputError("两个原因的说法一样，学生分不清。", field="reason_words")


def check_texts(kind: CampaignKind, texts: Mapping[str, Any]) -> None:
    """InvalidInputError where a sentence names what nobody fills, or the consequence names no date."""
    if "usage_text" in texts:
        if not texts["usage_text"].strip() and kind == CampaignKind.GRADUATION:
            raise InvalidInputError("请写明照片用在哪里。", field="usage_text")
        check_places(texts["usage_text"], known=USAGE_PLACES, field="usage_text")
    if texts.get("silence_text"):
        check_places(
            texts["silence_text"],
            known=SILENCE_PLACES,
            needed=("截止时间",),
            field="silence_text",
        )
    if texts.get("help_text"):
        check_places(texts["help_text"], known=HELP_PLACES, field="help_text")
