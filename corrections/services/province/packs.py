"""报省数据包: made, handed out with a reason, put aside, erased; it changes no case."""

import tempfile
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.policies import is_registrar
from common import audit, files
from common.actors import SYSTEM, Actor, System
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import StoredFile
from common.ratelimit import Limit, hit
from common.retention import Rule, erase_file
from corrections.documents.province import PackedRow, write_province_pack
from corrections.models import CorrectionRequest, PackedCase, ProvincePack
from corrections.selectors.province import moved_on
from corrections.services.province.filling import Filling, filled
from corrections.states import RequestState
from corrections.states.province import (
    PROVINCE_PACK,
    PROVINCE_PACK_LIVES,
    ProvincePackAction,
    ProvincePackState,
)
from enrollment.models import School, StudentRecord

__all__ = [
    "PROVINCE_PACK_RULE",
    "check_is_office",
    "drop_province_pack",
    "erase_province_pack",
    "finish_pack",
    "follow_packs",
    "hand_out_province_pack",
    "make_province_pack",
    "reopen_pack",
]

PACKS: Final = Limit("province-packs", 20, 3600)
DOWNLOADS: Final = Limit("province-downloads", 20, 24 * 3600)
_SWEEP: Final = System("报省数据包")
_LABEL: Final = "报省数据包"
_LONGEST_REASON: Final = 200
_STALE: Final = "这一包的状态刚刚有了变化，请刷新页面再看。"


def check_is_office(actor: User) -> None:
    """Only the office deals with the province."""
    if not is_registrar(actor):
        raise NotAllowedError("报省审批由教务处办理")


@transaction.atomic
def make_province_pack(*, school: School, reason: str, actor: User, now: datetime) -> ProvincePack:
    """Pack the school's cases that wait for the province and are in no open pack, as many as fit.

    A case whose proofs are lost, or do not fit into any pack, stops no other: the pack says which.
    """
    check_is_office(actor)
    hit(PACKS, actor.actor_id, now=now)
    why = _reason(reason)
    follow_packs(now=now)
    filling = filled(school)
    kept: StoredFile | None = None
    try:
        kept = _stored(filling.rows, actor=actor, now=now)
        pack = _saved(school, filling, kept, reason=why, actor=actor, now=now)
    except BaseException as error:
        if kept is not None:
            files.discard_blob(kept.key)
        if isinstance(error, IntegrityError):
            raise StaleStateError("别人刚刚备好了这些勘误单的数据包，请刷新页面再看。") from error
        raise
    audit.record(
        "provincepack.made",
        actor=actor,
        now=now,
        obj=pack,
        reason=why,
        details={
            "count": len(filling.rows),
            "left_out": len(filling.left_out),
            "sha256": kept.sha256,
        },
    )
    return pack


def _stored(rows: list[PackedRow], *, actor: User, now: datetime) -> StoredFile:
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as content:
        write_province_pack(content, rows, at=now)
        return files.store_sealed(
            content,
            kind="province",
            content_type="application/zip",
            now=now,
            actor=actor,
            retain_until=now + PROVINCE_PACK_LIVES,
        )


@transaction.atomic
def _saved(
    school: School,
    filling: Filling,
    file: StoredFile,
    *,
    reason: str,
    actor: User,
    now: datetime,
) -> ProvincePack:
    _check_still_waiting(filling)
    pack = ProvincePack.objects.create(
        school=school,
        reason=reason,
        cases=len(filling.cases),
        left_out="\n".join(filling.left_out),
        file=file,
        created_at=now,
        created_by=actor.actor_label,
        expires_at=now + PROVINCE_PACK_LIVES,
    )
    PackedCase.objects.bulk_create(
        PackedCase(pack=pack, request=case, digest=row.digest)
        for case, row in zip(filling.cases, filling.rows, strict=True)
    )
    return pack


def _check_still_waiting(filling: Filling) -> None:
    """Reading the proofs takes its time; whoever moves a case from now on finds it packed."""
    cases = CorrectionRequest.objects.filter(pk__in=[case.pk for case in filling.cases])
    held = list(cases.select_for_update(of=("self",)).order_by("pk"))
    if any(case.state != RequestState.AWAITING_PROVINCE for case in held):
        raise StaleStateError("备包的时候有勘误单变了，不再等省里批复。请再备一次。")


@transaction.atomic
def hand_out_province_pack(
    *, pack: ProvincePack, reason: str, actor: User, now: datetime
) -> StoredFile:
    """The file for a download; everybody in it sees in the ledger that it left the house, and why."""
    check_is_office(actor)
    why = _reason(reason)
    if pack.state != ProvincePackState.OPEN or pack.file.purged_at or pack.expires_at <= now:
        raise StaleStateError("这一包的文件已经到期或作废。作废这一包，再备一包。")
    hit(DOWNLOADS, actor.actor_id, now=now)
    files.log_view(pack.file, viewer=actor, purpose=why, now=now)
    audit.record(
        "provincepack.downloaded",
        actor=actor,
        now=now,
        obj=pack,
        reason=why,
        details={"count": pack.cases, "sha256": pack.file.sha256},
    )
    subjects = StudentRecord.objects.filter(correction_requests__packed__pack=pack).only("pk")
    audit.record_many(
        audit.event(
            "provincepack.revealed", actor=actor, now=now, obj=pack, subject=record, reason=why
        )
        for record in subjects.distinct().order_by("pk")
    )
    return pack.file


@transaction.atomic
def drop_province_pack(*, pack: ProvincePack, reason: str, actor: User, now: datetime) -> None:
    """Put a pack aside that the province will not answer; its cases can be packed anew."""
    check_is_office(actor)
    why = _reason(reason)
    _end(pack, ProvincePackAction.DROP, actor=actor, now=now)
    pack.packed.filter(answered_at=None, left_at=None).update(
        left_at=now, left_by=actor.actor_label
    )
    audit.record("provincepack.dropped", actor=actor, now=now, obj=pack, reason=why)


def finish_pack(pack: ProvincePack, *, actor: Actor, now: datetime) -> bool:
    """End an open pack in which no case waits any longer."""
    waits = pack.packed.filter(answered_at=None, left_at=None).exists()
    if waits or pack.state != ProvincePackState.OPEN:
        return False
    _end(pack, ProvincePackAction.FINISH, actor=actor, now=now)
    audit.record("provincepack.finished", actor=actor, now=now, obj=pack)
    return True


def reopen_pack(pack: ProvincePack, *, actor: Actor, now: datetime) -> None:
    """A case of a finished pack waits again: so does the pack."""
    source = ProvincePackState(pack.state)
    again: dict[str, Any] = {
        "state": PROVINCE_PACK.target(ProvincePackAction.REOPEN, source=source),
        "ended_at": None,
        "ended_by": "",
    }
    if ProvincePack.objects.filter(pk=pack.pk, state=source).update(**again) != 1:
        raise StaleStateError(_STALE)
    pack.refresh_from_db()
    audit.record("provincepack.reopened", actor=actor, now=now, obj=pack)


def _end(pack: ProvincePack, action: ProvincePackAction, *, actor: Actor, now: datetime) -> None:
    source = ProvincePackState(pack.state)
    ended: dict[str, Any] = {
        "state": PROVINCE_PACK.target(action, source=source),
        "ended_at": now,
        "ended_by": actor.actor_label,
    }
    if ProvincePack.objects.filter(pk=pack.pk, state=source).update(**ended) != 1:
        raise StaleStateError(_STALE)
    pack.refresh_from_db()


@transaction.atomic
def follow_packs(*, now: datetime) -> int:
    """Take out of open packs what does not wait any more; returns how many. Safe to run twice."""
    # Packs before their cases, in the order in which everybody locks them.
    packs = ProvincePack.objects.select_for_update().filter(pk__in=moved_on().values("pack_id"))
    held = list(packs.order_by("pk"))
    gone = moved_on().filter(pack__in=held).values("pk")
    left = PackedCase.objects.filter(pk__in=gone).update(left_at=now, left_by=_SWEEP.actor_label)
    for pack in held:
        finish_pack(pack, actor=_SWEEP, now=now)
    return left


def erase_province_pack(*, pack: ProvincePack, actor: User, now: datetime) -> None:
    """Erase the file before its time; the row says still who was in it."""
    check_is_office(actor)
    if not _erase(pack, basis=f"{_LABEL}：提前销毁", due_at=now, actor=actor, now=now):
        raise StaleStateError("这一包的文件刚刚已经销毁。")


def _erase(
    pack: ProvincePack, *, basis: str, due_at: datetime, actor: Actor, now: datetime
) -> bool:
    """Bytes first, then the row: broken off in between, the next run ends the work."""
    erase_file(pack.file, kind=_LABEL, basis=basis, due_at=due_at, now=now, actor=actor)
    kept = ProvincePack.objects.filter(pk=pack.pk, erased_at=None)
    with transaction.atomic():
        if kept.update(erased_at=now, erased_by=actor.actor_label) != 1:
            return False
        audit.record("provincepack.erased", actor=actor, now=now, obj=pack)
    return True


def _due(now: datetime) -> QuerySet[ProvincePack]:
    due = ProvincePack.objects.filter(erased_at=None, expires_at__lte=now)
    return due.select_related("file").order_by("expires_at", "pk")


def _erase_due(now: datetime, limit: int) -> int:
    basis = f"{_LABEL}：备好满 {PROVINCE_PACK_LIVES.days} 天"
    return sum(
        _erase(pack, basis=basis, due_at=pack.expires_at, actor=SYSTEM, now=now)
        for pack in _due(now)[:limit]
    )


PROVINCE_PACK_RULE = Rule(
    name="province_packs",
    label=_LABEL,
    count=lambda now: _due(now).count(),
    erase=_erase_due,
)


def _reason(reason: str) -> str:
    plain = reason.strip()
    if not plain:
        raise InvalidInputError("写明为什么，例如交给谁。", field="reason")
    return plain[:_LONGEST_REASON]
