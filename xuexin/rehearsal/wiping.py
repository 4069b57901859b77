"""清除演练: asked for once, carried out in bounded steps, resumed after a killed worker."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q

from accounts.models import User
from common import audit, files
from common.actors import SYSTEM
from common.errors import DomainError, InvalidInputError, StaleStateError
from common.models import StoredFile
from imaging.models import Announcement, Campaign, PhotoBatch, RehearsalWipe
from imaging.policies.rehearsal import check_can_wipe
from imaging.selectors.announcements import forget_headlines
from imaging.states import WIPE
from imaging.states.announcement import AnnouncementState
from imaging.states.rehearsal import WipeAction, WipeState
from xuexin import tasks
from xuexin.rehearsal.parts import PARTS, Part, name_of
from xuexin.rehearsal.scope import (
    FILES,
    check_all_demo,
    foresee,
    free_files,
    read_elsewhere,
    used_elsewhere,
)

__all__ = ["STALE_AFTER", "ask_wipe", "resume_wipes", "wipe_rehearsal"]

logger = logging.getLogger(__name__)

STALE_AFTER: Final = timedelta(minutes=5)
_STEP: Final = 200
_PASSES: Final = 3
_TICK: Final = timedelta(microseconds=1)
_WRITTEN: Final = "清除时又有人写了新的内容，过几分钟自动接着清。"
_BROKEN: Final = "清除时出了错，过几分钟自动再试；一直不行，请找维护人员。"


@transaction.atomic
def ask_wipe(
    *, campaign: Campaign, title: str, reason: str, actor: User, now: datetime
) -> RehearsalWipe:
    """Have a rehearsal wiped whole; the one who asks writes its title once more.

    NotAllowedError for any other campaign, before it is over, and where anything real hangs on it.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    check_can_wipe(actor, campaign, now=now)
    if title.strip() != campaign.title:
        raise InvalidInputError(f"和批次的名称不一样，要写：{campaign.title}", field="title")
    if not reason.strip():
        raise InvalidInputError("请写明为什么清除。", field="reason")
    check_all_demo(campaign)
    found = foresee(campaign)
    try:
        with transaction.atomic():
            wipe = RehearsalWipe.objects.create(
                campaign=campaign,
                title=campaign.title,
                reason=reason.strip()[:300],
                foreseen=found.counts,
                total=found.total,
                asked_at=now,
                asked_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError("这个演练已经在清除。") from error
    audit.record(
        "rehearsal.wipe_asked",
        actor=actor,
        now=now,
        obj=wipe,
        reason=wipe.reason,
        details={"campaign": wipe.title, "rows": found.total, "files": found.counts.get(FILES, 0)},
    )
    transaction.on_commit(partial(tasks.wipe_rehearsal.delay, wipe_id=wipe.pk), robust=True)
    return wipe


class _Lease:
    """The right to wipe: lost as soon as somebody else has taken it, who then goes on."""

    def __init__(self, wipe_id: int, *, now: datetime) -> None:
        self._mine = RehearsalWipe.objects.filter(pk=wipe_id, state=WipeState.WIPING)
        self._begun, self._monotonic, self._beat = now, time.monotonic(), now
        self.wiped: Counter[str] = Counter()

    def take(self) -> RehearsalWipe | None:
        """Take it when nobody is at work."""
        free = Q(heartbeat_at=None) | Q(heartbeat_at__lte=self._begun - STALE_AFTER)
        if self._mine.filter(free).update(heartbeat_at=self._begun, failure="") != 1:
            return None
        wipe = self._mine.select_related("campaign").get()
        self.wiped = Counter(wipe.wiped)
        return wipe

    @property
    def moment(self) -> datetime:
        """The present, counted on from the moment at which the work began."""
        passed = timedelta(seconds=time.monotonic() - self._monotonic)
        return max(self._begun + passed, self._beat + _TICK)

    def renew(self, gone: Counter[str]) -> None:
        """Show life and how far it is; StaleStateError when the lease was lost."""
        beat = self.moment
        wiped = self.wiped + gone
        rows = sum(count for name, count in wiped.items() if name != FILES)
        self.write(heartbeat_at=beat, wiped=dict(wiped), progress=rows)
        self._beat, self.wiped = beat, wiped

    @contextmanager
    def step(self) -> Iterator[None]:
        """A transaction of its own; rolled back, the lease is again as the database has it."""
        before = self._beat, self.wiped
        try:
            with transaction.atomic():
                yield
        except BaseException:
            self._beat, self.wiped = before
            raise

    def write(self, **changes: Any) -> None:
        """Change the row while it is ours."""
        if self._mine.filter(heartbeat_at=self._beat).update(**changes) != 1:
            raise StaleStateError("另一个进程已经接手")


def wipe_rehearsal(*, wipe_id: int, now: datetime) -> bool:
    """Wipe what is left, unless somebody is at it or it is done; returns whether all of it is gone.

    Each step is a transaction of its own; broken off in between, the sweep goes on.
    """
    lease = _Lease(wipe_id, now=now)
    wipe = lease.take()
    if wipe is None or wipe.campaign is None:
        return False
    try:
        for _ in range(_PASSES):
            _wipe_once(wipe.campaign, lease)
            if _finish(wipe, wipe.campaign, lease):
                return True
        lease.write(failure=_WRITTEN)
    except StaleStateError:
        logger.info("wipe %s was taken over", wipe_id)
    except DomainError as error:
        lease.write(failure=str(error)[:300])
    except Exception:
        logger.exception("wipe %s broke off", wipe_id)
        lease.write(failure=_BROKEN)
    return False


def resume_wipes(*, now: datetime, limit: int = 1) -> int:
    """Go on with wipes whose task was lost or whose worker died; returns how many are done now."""
    silent = Q(heartbeat_at__lte=now - STALE_AFTER)
    never_begun = Q(heartbeat_at=None, asked_at__lte=now - STALE_AFTER)
    waiting = RehearsalWipe.objects.filter(silent | never_begun, state=WipeState.WIPING)
    return sum(wipe_rehearsal(wipe_id=wipe.pk, now=now) for wipe in waiting.order_by("pk")[:limit])


def _wipe_once(campaign: Campaign, lease: _Lease) -> None:
    """One pass over all tables."""
    check_all_demo(campaign)
    while PhotoBatch.objects.filter(pk__in=used_elsewhere(campaign).values("pk")).update(
        campaign=None
    ):
        lease.renew(Counter())
    read = [notice.pk for notice in read_elsewhere(campaign)]
    if Announcement.objects.filter(pk__in=read, state=AnnouncementState.WITHDRAWN).update(
        campaign=None
    ):
        lease.renew(Counter())
    for part in PARTS:
        for pks in _steps(part, campaign):
            _wipe_step(part, pks, campaign, lease)


def _steps(part: Part, campaign: Campaign) -> Iterator[list[int]]:
    while pks := list(part.rows(campaign).order_by("pk").values_list("pk", flat=True)[:_STEP]):
        yield pks


def _wipe_step(part: Part, pks: list[int], campaign: Campaign, lease: _Lease) -> None:
    """So many rows of one table and their files, while the lease and the rehearsal stand.

    Bytes go last, when nothing can forbid it any more, and before the rows' end is kept: broken off
    in between, the rows are still there and the next run ends the work.
    """
    with lease.step():
        lease.renew(Counter())
        rehearsals = Campaign.objects.select_for_update(no_key=True).filter(is_rehearsal=True)
        if not rehearsals.filter(pk=campaign.pk).exists():
            raise StaleStateError("这个批次不再是演练")
        locked = part.rows(campaign).filter(pk__in=pks).select_for_update()
        held = list(locked.values_list("pk", *part.files))
        pks = [row[0] for row in held]
        named = {file for row in held for file in row[1:] if file is not None}
        gone: Counter[str] = Counter()
        for below in part.taken(pks):
            gone[name_of(below.model)] += _delete(below)
        gone[part.label] += _delete(part.model._base_manager.filter(pk__in=pks))  # noqa: SLF001 -- Django's public _base_manager
        freed = StoredFile.objects.filter(pk__in=free_files(named) if named else ())
        # Locked, so that rotation seals none of them under a new key meanwhile.
        keys = list(freed.select_for_update().values_list("key", flat=True))
        _delete(freed)
        gone[FILES] += len(keys)
        lease.renew(gone)
        for key in keys:
            files.discard_blob(key)


def _delete(rows: Any) -> int:
    """Delete the rows; how many of them went, without what cascades."""
    by_model: dict[str, int] = rows.delete()[1]
    return by_model.get(rows.model._meta.label, 0)  # noqa: SLF001 -- Django's public _meta


def _finish(wipe: RehearsalWipe, campaign: Campaign, lease: _Lease) -> bool:
    """The campaign itself, and the one event that stays; false when somebody wrote meanwhile."""
    try:
        with transaction.atomic():
            now = lease.moment
            target = WIPE.target(WipeAction.FINISH, source=WipeState.WIPING)
            lease.write(state=target, campaign=None, done_at=now)
            Campaign.objects.get(pk=campaign.pk).delete()
            audit.record(
                "rehearsal.wiped",
                actor=SYSTEM,
                now=now,
                obj=wipe,
                reason=wipe.reason,
                details={
                    "campaign": wipe.title,
                    "rows": sum(n for name, n in lease.wiped.items() if name != FILES),
                    "files": lease.wiped.get(FILES, 0),
                    "wiped": "、".join(f"{name} {n}" for name, n in lease.wiped.items()),
                },
            )
            transaction.on_commit(forget_headlines)
    except ProtectedError:
        return False
    return True
