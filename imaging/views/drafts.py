"""Between forms and verdicts: what is known already goes into a form, what was typed comes out."""

from collections.abc import Mapping
from typing import Any

from imaging.forms import OTHER_FIELD, FillForm
from imaging.selectors import Verification
from imaging.selectors.terms import photo_reason_words
from imaging.services.verdicts import Verdict, photo_reasons
from imaging.states import (
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    DataReason,
    PhotoReason,
)
from imaging.views.sight import Sight

__all__ = ["evidence_name", "known", "offered", "verdicts_of"]

PHOTO, DATA = ConclusionKind.PHOTO, ConclusionKind.DATA


def offered(found: Verification) -> list[tuple[str, str]]:
    """The reasons that the student may choose from, in the campaign's order and words."""
    words = found.campaign.reason_words
    return [
        (reason.value, "|".join(filter(None, photo_reason_words(words, reason))))
        for reason in photo_reasons(found.campaign, has_photo=found.photo is not None)
    ]


def evidence_name(found: Verification) -> str:
    """The name of the proof that was handed in before and is kept unless replaced."""
    for part in found.parts:
        if part.is_open and part.row is not None and part.row.evidence is not None:
            return str(part.row.evidence.original_name or "证明材料")
    return ""


def known(found: Verification, carried: Mapping[str, Any]) -> dict[str, Any]:
    """Initial values of a step: what is carried, and for a change what was said before."""
    said: dict[str, Any] = {}
    for part in found.parts:
        row = part.row
        if row is None or not part.is_open or row.state != Conclusion.INCORRECT:
            continue
        said["note"] = row.note or said.get("note", "")
        if part.kind == PHOTO:
            said["photo_reasons"] = row.reasons
        else:
            other = [OTHER_FIELD] if DataReason.OTHER in row.reasons else []
            said["wrong_fields"] = [*row.wrong_fields, *other]
            said |= {f"proposed_{name}": value for name, value in (row.proposed or {}).items()}
    if found.photo is None:
        said["photo_reasons"] = [PhotoReason.MISSING.value]
    return {**said, **carried}


def verdicts_of(form: FillForm, sight: Sight) -> dict[ConclusionKind, Verdict]:
    """What the two steps of 有误 add up to: one verdict for each part that was answered."""
    answers = {PHOTO: form.cleaned_data.get("photo"), DATA: form.cleaned_data.get("info")}
    return {
        kind: _dispute(kind, form, sight)
        if answer == Conclusion.INCORRECT
        else Verdict(action=ConclusionAction.ACCEPT, seen=sight.seen[kind])
        for kind, answer in answers.items()
        if answer and kind in sight.seen
    }


def _dispute(kind: ConclusionKind, form: FillForm, sight: Sight) -> Verdict:
    cleaned = form.cleaned_data
    # One note serves both parts; the proof stands beside the data where the data is disputed.
    keeps_proof = kind == DATA or not form.disputes("info")
    proof = cleaned.get("evidence") if keeps_proof else None
    if kind == PHOTO:
        return Verdict(
            action=ConclusionAction.DISPUTE,
            seen=sight.seen[kind],
            reasons=tuple(cleaned.get("photo_reasons", ())),
            note=cleaned["note"],
            evidence=proof,
        )
    picked = cleaned.get("wrong_fields", [])
    return Verdict(
        action=ConclusionAction.DISPUTE,
        seen=sight.seen[kind],
        reasons=(DataReason.OTHER,) if OTHER_FIELD in picked else (),
        wrong_fields=tuple(form.picked_fields()),
        proposed={name: cleaned[f"proposed_{name}"] for name in form.picked_fields()},
        note=cleaned["note"],
        evidence=proof,
    )
