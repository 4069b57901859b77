"""Staff look at a photo: measure what is in it, and say in words what a program cannot judge."""

from datetime import datetime
from typing import Final

from django.db import transaction

from common import audit, files
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from imaging.inspection import LOOK_FINDINGS, look_at
from imaging.models import CaptureEntry, PhotoRuling
from imaging.policies import check_can_settle_photos
from imaging.selectors.inspections import entry_rules
from imaging.services.entries import remarks_of
from imaging.states import MatchState, Ruling

__all__ = ["measure_entry", "rule_on_photo"]

_LONGEST_REASON: Final = 300


@transaction.atomic
def rule_on_photo(
    *, entry: CaptureEntry, ruling: Ruling, reason: str, actor: Actor, now: datetime
) -> PhotoRuling:
    """Write down that a person has looked at the photo and what follows; the newest ruling counts.

    The remarks that were there stay with it, so that it is known later what was overruled.
    """
    check_can_settle_photos(actor)
    if not reason.strip():
        raise InvalidInputError("请写明理由：照片上看到了什么。", field="reason")
    entry = CaptureEntry.objects.get(pk=entry.pk)
    if entry.state == MatchState.VOIDED:
        raise StaleStateError("这张照片已经作废，不用再判定。")
    remarks = [str(remark["code"]) for remark in entry.warnings]
    made = PhotoRuling.objects.create(
        entry=entry,
        ruling=ruling,
        remarks=remarks,
        reason=reason.strip()[:_LONGEST_REASON],
        ruled_at=now,
        ruled_by=actor.actor_label,
    )
    audit.record(
        "entry.ruled",
        actor=actor,
        now=now,
        obj=entry,
        subject=entry.record,
        reason=made.reason,
        details={"ruling": ruling, "remarks": remarks},
    )
    return made


@transaction.atomic
def measure_entry(*, entry: CaptureEntry, actor: Actor, now: datetime) -> CaptureEntry:
    """Measure head, light and border of a stored photo by the rules of today; other values stay.

    For photos that came while the face check was off, and after the rules were changed.
    """
    check_can_settle_photos(actor)
    entry = CaptureEntry.objects.select_related("published", "batch__campaign__profile").get(
        pk=entry.pk
    )
    if entry.published.purged_at is not None:
        raise StaleStateError("这张照片的文件已经按期删除，不能再量。")
    look, findings = look_at(files.read(entry.published), entry_rules(entry))
    kept = [remark for remark in entry.warnings if remark["code"] not in LOOK_FINDINGS]
    entry.measures = {**entry.measures, "look": look.as_stored()}
    entry.warnings = [*kept, *remarks_of(findings)]
    CaptureEntry.objects.filter(pk=entry.pk).update(
        measures=entry.measures, warnings=entry.warnings
    )
    audit.record("entry.measured", actor=actor, now=now, obj=entry, subject=entry.record)
    return entry
