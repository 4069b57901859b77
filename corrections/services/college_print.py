"""全院打印: asked for, built class by class in the background, handed out, erased after a week."""

import logging
import tempfile
import time
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from common import audit, files, outbox
from common.actors import SYSTEM
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import StoredFile
from common.ratelimit import Limit, hit
from common.retention import Rule, erase_file
from corrections import tasks
from corrections.documents.layouts import paper_title
from corrections.documents.pdf import SheetBook
from corrections.models import CollegePrint
from corrections.selectors.papers import (
    campaigns_to_print,
    classes_to_print,
    colleges_to_print,
    printed_document,
    prints_of,
)
from corrections.services.moves import messages
from corrections.states import PRINT, PRINT_LIVES, Layout, PrintAction, PrintState
from enrollment.models import College
from imaging.models import Campaign

__all__ = [
    "PRINT_RULE",
    "STALE_AFTER",
    "build_print",
    "hand_out_print",
    "request_print",
    "resume_prints",
]

logger = logging.getLogger(__name__)

STALE_AFTER: Final = timedelta(minutes=5)
BUILDS: Final = Limit("college-prints", 20, 3600)
DOWNLOADS: Final = Limit("college-print-downloads", 60, 3600)
_TRIES: Final = 3
_TICK: Final = timedelta(microseconds=1)
_KIND: Final = "print"
_LABEL: Final = "全院打印文件"
_BROKEN: Final = "生成时出了错。可以再试一次；还不行，请找维护人员。"


def request_print(
    *, campaign: Campaign, college: College, layout: Layout, actor: User, now: datetime
) -> CollegePrint:
    """Ask for the papers of a whole college; while the same is being built, asking again gives that one."""
    colleges = colleges_to_print(actor, now=now)
    if not colleges.filter(pk=college.pk).exists():
        raise NotAllowedError("这不是你的学院")
    if not campaigns_to_print(colleges.filter(pk=college.pk)).filter(pk=campaign.pk).exists():
        raise InvalidInputError("这个学院没有班级在这个批次里。", field="college")
    same = {"campaign": campaign, "college": college, "layout": layout, "requester": actor}
    building = CollegePrint.objects.filter(**same, state=PrintState.BUILDING)
    if found := building.first():
        return found
    hit(BUILDS, str(actor.pk), now=now)
    try:
        with transaction.atomic():
            made = CollegePrint.objects.create(
                **same, requested_at=now, requested_by=actor.actor_label
            )
            details = {"campaign": campaign.pk, "college": college.name, "layout": layout.value}
            audit.record("print.requested", actor=actor, now=now, obj=made, details=details)
            transaction.on_commit(partial(tasks.build_print.delay, print_id=made.pk), robust=True)
    except IntegrityError:  # the second click of two
        return building.get()
    return made


class _Lease:
    """The right to build: lost as soon as somebody else has taken it, who then begins anew."""

    def __init__(self, print_id: int, *, now: datetime) -> None:
        self._mine = CollegePrint.objects.filter(pk=print_id, state=PrintState.BUILDING)
        self._begun, self._monotonic, self._beat = now, time.monotonic(), now

    def take(self) -> bool:
        """Take it when nobody is at work; whether it was taken."""
        free = Q(heartbeat_at=None) | Q(heartbeat_at__lte=self._begun - STALE_AFTER)
        taken = self._mine.filter(free).update(
            heartbeat_at=self._begun, attempts=F("attempts") + 1, progress=0
        )
        return taken == 1

    @property
    def moment(self) -> datetime:
        """The present, counted on from the moment at which the work began."""
        passed = timedelta(seconds=time.monotonic() - self._monotonic)
        return max(self._begun + passed, self._beat + _TICK)

    def renew(self, **changes: Any) -> None:
        """Show life and how far it is; StaleStateError when the lease was lost."""
        beat = self.moment
        self.write(heartbeat_at=beat, **changes)
        self._beat = beat

    def write(self, **changes: Any) -> None:
        """Change the row while it is ours."""
        if self._mine.filter(heartbeat_at=self._beat).update(**changes) != 1:
            raise StaleStateError("另一个进程已经接手")


def build_print(*, print_id: int, now: datetime) -> bool:
    """Build one file, unless somebody is at it or it is done; returns whether it is ready now.

    A try that breaks off leaves nothing behind and is taken up again by the sweep.
    """
    lease = _Lease(print_id, now=now)
    if not lease.take():
        return False
    row = CollegePrint.objects.select_related("campaign", "college__school").get(pk=print_id)
    try:
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as content:
            _write(content, row, lease, now=now)
            _finish(row, content, lease)
    except StaleStateError:
        logger.info("print %s was taken over", print_id)
        return False
    except Exception:
        logger.exception("print %s could not be built", print_id)
        if row.attempts >= _TRIES:
            with suppress(StaleStateError):
                _give_up(lease, row)
        return False
    return True


def _write(content: IO[bytes], row: CollegePrint, lease: _Lease, *, now: datetime) -> None:
    """All classes as they are at `now`, one after the other: none stays in memory as data."""
    layout = Layout(row.layout)
    classes = classes_to_print(campaign=row.campaign, college=row.college)
    row.total = classes.count()
    lease.renew(total=row.total)
    book = SheetBook(
        title=f"{paper_title(layout, row.campaign.graduating_class)} {row.college.name}",
        subject=row.campaign.title,
        author=row.college.school.name,
        at=now,
    )
    for number, class_group in enumerate(classes.iterator(), start=1):
        sheet = printed_document(campaign=row.campaign, class_group=class_group, now=now)
        book.add(sheet, layout=layout)
        lease.renew(progress=number)
    book.write(content)


def _finish(row: CollegePrint, content: IO[bytes], lease: _Lease) -> None:
    kept: StoredFile | None = None
    try:
        with transaction.atomic():
            now = lease.moment
            expires_at = now + PRINT_LIVES
            kept = files.store_sealed(
                content,
                kind=_KIND,
                content_type="application/pdf",
                now=now,
                actor=SYSTEM,
                retain_until=expires_at,
            )
            lease.write(
                state=PRINT.target(PrintAction.FINISH, source=PrintState.BUILDING),
                file=kept,
                ready_at=now,
                expires_at=expires_at,
            )
            audit.record(
                "print.built", actor=SYSTEM, now=now, obj=row, details={"sha256": kept.sha256}
            )
            _tell(row, "print_ready", now=now, expires_at=expires_at.isoformat())
    except BaseException:
        if kept is not None:
            files.discard_blob(kept.key)
        raise


def _give_up(lease: _Lease, row: CollegePrint) -> None:
    with transaction.atomic():
        now = lease.moment
        target = PRINT.target(PrintAction.FAIL, source=PrintState.BUILDING)
        lease.write(state=target, failure=_BROKEN)
        audit.record("print.failed", actor=SYSTEM, now=now, obj=row, details={"failure": _BROKEN})
        _tell(row, "print_failed", now=now)


def _tell(row: CollegePrint, template: str, *, now: datetime, **more: str) -> None:
    """Who asked has long gone on to something else."""
    params: dict[str, Any] = {
        "college": row.college.name,
        "campaign": row.campaign.title,
        "layout": Layout(row.layout).label,
        "total": row.total,
        **more,
    }
    told = messages(row.requester, key=f"{template}:{row.pk}", template=template, params=params)
    outbox.queue_many(told, now=now)


def resume_prints(*, now: datetime, limit: int = 2) -> int:
    """Take up files whose task was lost or whose worker died; returns how many are ready now."""
    silent = Q(heartbeat_at__lte=now - STALE_AFTER)
    never_begun = Q(heartbeat_at=None, requested_at__lte=now - STALE_AFTER)
    waiting = CollegePrint.objects.filter(silent | never_begun, state=PrintState.BUILDING)
    done = 0
    for row in waiting.order_by("pk")[:limit]:
        if row.attempts < _TRIES:
            done += build_print(print_id=row.pk, now=now)
            continue
        lease = _Lease(row.pk, now=now)  # its worker dies each time
        if lease.take():
            _give_up(lease, row)
    return done


@transaction.atomic
def hand_out_print(*, row: CollegePrint, actor: User, now: datetime) -> StoredFile:
    """The file for a download by who asked for it, while the college is still theirs; written down."""
    ready = prints_of(actor, now=now).filter(
        pk=row.pk, state=PrintState.READY, expires_at__gt=now, file__purged_at=None
    )
    found = ready.first()
    if found is None or found.file is None:
        raise NotAllowedError("这份打印文件已经到期，请重新生成。")
    hit(DOWNLOADS, str(actor.pk), now=now)
    files.log_view(found.file, viewer=actor, purpose=_LABEL, now=now)
    details = {"layout": found.layout, "college": found.college.name, "sha256": found.file.sha256}
    audit.record("print.downloaded", actor=actor, now=now, obj=found, details=details)
    return found.file


def _due(now: datetime) -> QuerySet[CollegePrint]:
    due = CollegePrint.objects.filter(state=PrintState.READY, expires_at__lte=now)
    return due.select_related("file").order_by("expires_at", "pk")


def _erase(now: datetime, limit: int) -> int:
    """Bytes first, then the row: broken off in between, the next run ends the work."""
    done = 0
    target = PRINT.target(PrintAction.ERASE, source=PrintState.READY)
    for row in _due(now)[:limit]:
        if row.file is not None:
            basis = f"{_LABEL}：备好满 {PRINT_LIVES.days} 天"
            due_at = row.expires_at or now
            erase_file(row.file, kind=_LABEL, basis=basis, due_at=due_at, now=now)
        ready = CollegePrint.objects.filter(pk=row.pk, state=PrintState.READY)
        done += ready.update(state=target)
    return done


PRINT_RULE = Rule(
    name="college_prints",
    label=_LABEL,
    count=lambda now: _due(now).count(),
    erase=_erase,
)
