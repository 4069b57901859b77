"""登记数据包: opened, handed out with a reason, erased; it changes no record."""

from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from common import audit, files
from common.actors import SYSTEM, Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import StoredFile
from common.ratelimit import Limit, hit
from common.retention import Rule, erase_file
from enrollment.models import School, StudentRecord
from imaging.models import Campaign, RegistrationPack
from imaging.policies import check_can_register
from imaging.states import CampaignKind
from imaging.states.registration import PACK, PACK_LIVES, PackAction, PackState
from xuexin import tasks
from xuexin.registration.building import changed_in

__all__ = [
    "PACK_RULE",
    "changed_since",
    "drop_pack",
    "erase_pack",
    "hand_out_pack",
    "open_pack",
    "start_pack",
]

BUILDS: Final = Limit("registration-builds", 20, 3600)
DOWNLOADS: Final = Limit("registration-downloads", 20, 24 * 3600)
_LONGEST_REASON: Final = 200
_NAMED: Final = 10
_LABEL: Final = "登记数据包"


@transaction.atomic
def open_pack(
    *,
    campaign: Campaign,
    school: School,
    graduating_class: int | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> RegistrationPack:
    """Begin a pack: from here on what stands in the way can be looked at; nothing is exported yet."""
    check_can_register(actor)
    if campaign.is_rehearsal:
        raise InvalidInputError("这是演练，不能登记。", field="campaign")
    if campaign.kind != CampaignKind.GRADUATION:
        raise InvalidInputError("只有毕业的校对批次要登记。", field="campaign")
    if not campaign.schools.filter(pk=school.pk).exists():
        raise InvalidInputError("这所学校不在这个批次里。", field="school")
    pack = RegistrationPack.objects.create(
        campaign=campaign,
        school=school,
        graduating_class=graduating_class,
        reason=_reason(reason),
        created_at=now,
        created_by=actor.actor_label,
    )
    audit.record(
        "registrationpack.opened",
        actor=actor,
        now=now,
        obj=pack,
        reason=pack.reason,
        details={"campaign": campaign.pk, "school": school.code},
    )
    return pack


def _reason(reason: str) -> str:
    plain = reason.strip()
    if not plain:
        raise InvalidInputError("写明为什么，例如交给谁。", field="reason")
    return plain[:_LONGEST_REASON]


@transaction.atomic
def start_pack(*, pack: RegistrationPack, actor: Actor, now: datetime) -> None:
    """Have the pack built; one at a time for a school in a campaign."""
    check_can_register(actor)
    hit(BUILDS, actor.actor_id, now=now)
    try:
        with transaction.atomic():
            _move(
                pack,
                PackAction.START,
                started_at=now,
                started_by=actor.actor_label,
                attempts=0,
                heartbeat_at=None,
                progress=0,
                total=0,
                failure="",
            )
    except IntegrityError as error:
        raise StaleStateError("这个批次、这所学校已有一包正在生成，等它做完。") from error
    audit.record("registrationpack.started", actor=actor, now=now, obj=pack)
    transaction.on_commit(partial(tasks.build_pack.delay, pack_id=pack.pk), robust=True)


@transaction.atomic
def drop_pack(*, pack: RegistrationPack, actor: Actor, now: datetime) -> None:
    """Put a pack aside that was not built."""
    check_can_register(actor)
    _move(pack, PackAction.DROP)
    audit.record("registrationpack.dropped", actor=actor, now=now, obj=pack)


def changed_since(pack: RegistrationPack, *, now: datetime) -> list[str]:
    """Student numbers in a pack that may not be registered any more as the pack has them."""
    keys = changed_in(pack, pack.packed.order_by("pk"), now=now)
    changed = StudentRecord.objects.filter(pk__in=keys).order_by("student_no")
    return list(changed.values_list("student_no", flat=True))


def hand_out_pack(
    *, pack: RegistrationPack, reason: str, actor: Actor, now: datetime
) -> StoredFile:
    """The file for a download with its reason; everybody in it sees in the ledger that it left the house.

    Refused once anybody in it has changed: the platform would get what was taken back.
    """
    check_can_register(actor)
    why = _reason(reason)
    file = pack.file
    is_over = pack.expires_at is not None and pack.expires_at <= now
    if pack.state != PackState.READY or file is None or file.purged_at or is_over:
        raise StaleStateError("这一包已经到期，重新生成一包。")
    if changed := changed_since(pack, now=now):
        named = "、".join(changed[:_NAMED]) + ("等" if len(changed) > _NAMED else "")
        raise NotAllowedError(
            f"备好以后有 {len(changed)} 人变了（{named}），这一包不能再用。新建一包，重新生成。"
        )
    hit(DOWNLOADS, actor.actor_id, now=now)
    with transaction.atomic():
        files.log_view(file, viewer=actor, purpose=why, now=now)
        audit.record(
            "registrationpack.downloaded",
            actor=actor,
            now=now,
            obj=pack,
            reason=why,
            details={"count": pack.people, "sha256": file.sha256},
        )
        subjects = StudentRecord.objects.filter(packed__pack=pack).only("pk")
        audit.record_many(
            audit.event(
                "registration.revealed",
                actor=actor,
                now=now,
                obj=pack,
                subject=record,
                reason=why,
            )
            for record in subjects.order_by("pk").iterator()
        )
    return file


def erase_pack(*, pack: RegistrationPack, actor: Actor, now: datetime) -> None:
    """Erase a pack before its time, because it was handed over or is not needed."""
    check_can_register(actor)
    if not _erase(pack, basis=f"{_LABEL}：提前销毁", due_at=now, actor=actor, now=now):
        raise StaleStateError("这一包刚刚已经销毁。")


def _erase(
    pack: RegistrationPack, *, basis: str, due_at: datetime, actor: Actor, now: datetime
) -> bool:
    """Bytes first, then the row: broken off in between, the next run ends the work."""
    if pack.file is not None:
        erase_file(pack.file, kind=_LABEL, basis=basis, due_at=due_at, now=now, actor=actor)
    ready = RegistrationPack.objects.filter(pk=pack.pk, state=PackState.READY)
    with transaction.atomic():
        target = PACK.target(PackAction.ERASE, source=PackState.READY)
        if ready.update(state=target, erased_at=now, erased_by=actor.actor_label) != 1:
            return False
        audit.record("registrationpack.erased", actor=actor, now=now, obj=pack)
    return True


def _due(now: datetime) -> QuerySet[RegistrationPack]:
    due = RegistrationPack.objects.filter(state=PackState.READY, expires_at__lte=now)
    return due.select_related("file").order_by("expires_at", "pk")


def _erase_due(now: datetime, limit: int) -> int:
    basis = f"{_LABEL}：备好满 {PACK_LIVES.days} 天"
    return sum(
        _erase(pack, basis=basis, due_at=pack.expires_at or now, actor=SYSTEM, now=now)
        for pack in _due(now)[:limit]
    )


PACK_RULE = Rule(
    name="registration_packs",
    label=_LABEL,
    count=lambda now: _due(now).count(),
    erase=_erase_due,
)


def _move(pack: RegistrationPack, action: PackAction, **changes: Any) -> None:
    source = PackState(pack.state)
    target = PACK.target(action, source=source)
    unmoved = RegistrationPack.objects.filter(pk=pack.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError("这一包的状态刚刚有了变化，请刷新页面再看。")
    pack.refresh_from_db()
