"""Rules and texts of a campaign: those that hold, those under which something was concluded, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.placeholders import fill
from common.wording import until_sentence
from imaging.models import Campaign, CampaignMember, CampaignTerms, VerificationConclusion
from imaging.states import PHOTO_REASON_HINTS, SILENCE, PhotoReason

__all__ = [
    "HELP_PLACES",
    "SILENCE_PLACES",
    "USAGE_PLACES",
    "ShownTexts",
    "Terms",
    "photo_reason_words",
    "reasons_offered",
    "shown_texts",
    "terms_given_under",
    "terms_of",
    "words_by_terms",
]

# What a sentence may name. The usage text is shown at the click and kept with the conclusion, so it
# may name only what can never move.
USAGE_PLACES: Final = ("批次", "届", "学校")
SILENCE_PLACES: Final = (*USAGE_PLACES, "截止时间", "定稿时间")
HELP_PLACES: Final = (*SILENCE_PLACES, "可撤回小时数")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of a campaign's rules and texts."""

    number: int
    window_hours: int
    photo_reasons: tuple[str, ...]
    reason_words: Mapping[str, Mapping[str, str]]
    usage_text: str
    silence_text: str
    help_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTexts:
    """The office's sentences as one student reads them."""

    usage: str
    silence: str
    help: str


def terms_of(campaign: Campaign) -> Terms:
    """The rules that hold now."""
    return _terms(campaign, campaign.terms_no)


def terms_given_under(conclusion: VerificationConclusion) -> Terms:
    """The rules under which the conclusion was given, whatever they are now."""
    campaign = conclusion.round.member.campaign
    if conclusion.terms_no == campaign.terms_no:
        return terms_of(campaign)
    former = CampaignTerms.objects.get(campaign=campaign, number=conclusion.terms_no)
    return _terms(former, former.number)


def _terms(source: Campaign | CampaignTerms, number: int) -> Terms:
    return Terms(
        number=number,
        window_hours=source.window_hours,
        photo_reasons=tuple(source.photo_reasons),
        reason_words=source.reason_words,
        usage_text=source.usage_text,
        silence_text=source.silence_text,
        help_text=source.help_text,
    )


def reasons_offered(campaign: Campaign, *, has_photo: bool) -> list[PhotoReason]:
    """The grounds that a student may choose from, in the office's order.

    Without a photo there is only that it is missing. An empty list of the campaign means all.
    """
    if not has_photo:
        return [PhotoReason.MISSING]
    chosen = campaign.photo_reasons or PhotoReason.values
    known = [PhotoReason(value) for value in chosen if value in PhotoReason.values]
    return [reason for reason in known if reason != PhotoReason.MISSING]


def photo_reason_words(
    words: Mapping[str, Mapping[str, str]], reason: PhotoReason
) -> tuple[str, str]:
    """Label and hint of a reason: the office's own words, else ours."""
    own = words.get(reason.value, {})
    label = own.get("label") or str(reason.label)
    # Our hint explains our words; the office's words come with a hint of theirs or none.
    hint = own.get("hint", "") if own.get("label") else PHOTO_REASON_HINTS.get(reason, "")
    return label, hint


def words_by_terms(campaigns: Iterable[Campaign]) -> dict[tuple[int, int], Mapping[str, str]]:
    """(campaign, number of its rules) → value of a photo reason → what it was called then.

    One query, and none where no campaign has changed its rules.
    """
    listed = {campaign.pk: campaign for campaign in campaigns}
    versions: dict[tuple[int, int], Mapping[str, Mapping[str, str]]] = {
        (pk, each.terms_no): each.reason_words for pk, each in listed.items()
    }
    changed = [pk for pk, each in listed.items() if each.terms_no > 1]
    if changed:
        former = CampaignTerms.objects.filter(campaign__in=changed)
        for pk, number, words in former.values_list("campaign_id", "number", "reason_words"):
            versions[pk, number] = words
    return {
        key: {reason.value: photo_reason_words(words, reason)[0] for reason in PhotoReason}
        for key, words in versions.items()
    }


def shown_texts(
    member: CampaignMember, *, school_name: str, closes_at: datetime | None = None
) -> ShownTexts:
    """The campaign's sentences for one member, with the member's own dates.

    `closes_at` is the deadline that counts where something must be checked again.
    """
    campaign = member.campaign
    values = {
        "批次": campaign.title,
        "届": f"{campaign.graduating_class} 届",
        "学校": school_name,
        "截止时间": until_sentence(closes_at or member.closes_at),
        "定稿时间": until_sentence(member.sheet_freeze_at),
        "可撤回小时数": str(campaign.window_hours),
    }
    return ShownTexts(
        usage=fill(campaign.usage_text, values),
        silence=fill(campaign.silence_text or SILENCE[campaign.kind], values),
        help=fill(campaign.help_text, values),
    )
