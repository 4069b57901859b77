"""A pack is built in the background by whoever holds its lease; a killed worker costs minutes only."""

import logging
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import IO, Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from common import audit, files
from common.actors import SYSTEM
from common.errors import StaleStateError
from common.models import StoredFile
from imaging.models import PackedRecord, RegistrationPack
from imaging.selectors.registration import members_in
from imaging.states.registration import PACK, PACK_LIVES, PackAction, PackState
from xuexin.registration.blockers import everybody, scope_of
from xuexin.registration.writing import Written, write_pack

__all__ = ["STALE_AFTER", "build_pack", "changed_in", "resume_packs"]

logger = logging.getLogger(__name__)

STALE_AFTER: Final = timedelta(minutes=5)
_TRIES: Final = 3
_TICK: Final = timedelta(microseconds=1)


class _ChangedError(Exception):
    """Somebody in the pack is not as the pack says any more."""


class _Lease:
    """The right to build: lost as soon as somebody else has taken it, who then begins anew."""

    def __init__(self, pack_id: int, *, now: datetime) -> None:
        self._mine = RegistrationPack.objects.filter(pk=pack_id, state=PackState.BUILDING)
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

    def renew(self, progress: int) -> None:
        """Show life and how far it is; StaleStateError when the lease was lost."""
        beat = self.moment
        self.write(heartbeat_at=beat, progress=progress)
        self._beat = beat

    def write(self, **changes: Any) -> None:
        """Change the row while it is ours."""
        if self._mine.filter(heartbeat_at=self._beat).update(**changes) != 1:
            raise StaleStateError("另一个进程已经接手")


def build_pack(*, pack_id: int, now: datetime) -> bool:
    """Build one pack, unless somebody is at it or it is done; returns whether it is ready now.

    A try that breaks off leaves nothing behind and is taken up again by the sweep. Whoever changed
    while it was built makes it begin anew, so that nobody leaves the house who took something back.
    """
    lease = _Lease(pack_id, now=now)
    if not lease.take():
        return False
    pack = RegistrationPack.objects.select_related("campaign__profile", "school").get(pk=pack_id)
    try:
        lease.write(total=members_in(scope_of(pack)).count())
        for _ in range(_TRIES):
            with suppress(_ChangedError):
                return _build(pack, lease)
        _give_up(lease, pack, "生成时一直有人在改，过一会儿再生成。")
    except StaleStateError:
        logger.info("pack %s was taken over", pack_id)
    except Exception:
        logger.exception("pack %s could not be built", pack_id)
        if pack.attempts >= _TRIES:
            with suppress(StaleStateError):
                _give_up(lease, pack, "生成时出了错。可以再试一次；还不行，请找维护人员。")
    return False


def _build(pack: RegistrationPack, lease: _Lease) -> bool:
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as content:
        written = write_pack(content, pack, now=lease.moment, beat=lease.renew)
        lease.renew(written.seen)
        if not written.people:
            _give_up(lease, pack, "现在没有一个人可以登记，先办完还不能登记的名单里的事。")
            return False
        _finish(pack, written, content, lease)
    return True


def _finish(pack: RegistrationPack, written: Written, content: IO[bytes], lease: _Lease) -> None:
    """Keep the archive sealed and write down whom it holds, if all are still as they were read."""
    kept: StoredFile | None = None
    try:
        with transaction.atomic():
            now = lease.moment
            _check_unchanged(pack, written, now=now)
            expires_at = now + PACK_LIVES
            kept = files.store_sealed(
                content,
                kind="registration",
                content_type="application/zip",
                now=now,
                actor=SYSTEM,
                retain_until=expires_at,
            )
            lease.write(
                state=PACK.target(PackAction.FINISH, source=PackState.BUILDING),
                file=kept,
                people=len(written.people),
                left_out=written.left_out,
                digests={"数据包": kept.sha256, **written.digests},
                remarks=written.remarks,
                ready_at=now,
                expires_at=expires_at,
            )
            PackedRecord.objects.bulk_create(written.people, batch_size=1_000)
            audit.record(
                "registrationpack.built",
                actor=SYSTEM,
                now=now,
                obj=pack,
                details={
                    "count": len(written.people),
                    "left_out": written.left_out,
                    "sha256": kept.sha256,
                },
            )
    except BaseException:
        if kept is not None:
            files.discard_blob(kept.key)
        raise


def _check_unchanged(pack: RegistrationPack, written: Written, *, now: datetime) -> None:
    if changed_in(pack, written.people, now=now):
        raise _ChangedError


def _give_up(lease: _Lease, pack: RegistrationPack, failure: str) -> None:
    with transaction.atomic():
        lease.write(state=PACK.target(PackAction.FAIL, source=PackState.BUILDING), failure=failure)
        audit.record(
            "registrationpack.failed",
            actor=SYSTEM,
            now=lease.moment,
            obj=pack,
            details={"failure": failure},
        )


def changed_in(
    pack: RegistrationPack, people: Iterable[PackedRecord], *, now: datetime
) -> list[int]:
    """Records that may not be registered any more as the pack has them.

    Somebody has changed, or something is in the way now. Whoever is registered meanwhile is done.
    """
    present: dict[int, tuple[int, str] | None] = {}
    for person in everybody(scope_of(pack), now=now):
        if person.is_registered:
            present[person.record.pk] = None
        elif person.is_ready and person.photo:
            present[person.record.pk] = (person.photo.pk, person.row.digest)
    gone = (0, "")
    return [
        packed.record_id
        for packed in people
        if present.get(packed.record_id, gone)
        not in {None, (packed.photo_id, packed.values_digest)}
    ]


def resume_packs(*, now: datetime, limit: int = 1) -> int:
    """Take up packs whose task was lost or whose worker died; returns how many are ready now."""
    silent = Q(heartbeat_at__lte=now - STALE_AFTER)
    never_begun = Q(heartbeat_at=None, started_at__lte=now - STALE_AFTER)
    waiting = RegistrationPack.objects.filter(silent | never_begun, state=PackState.BUILDING)
    done = 0
    for pack in waiting.order_by("pk")[:limit]:
        if pack.attempts < _TRIES:
            done += build_pack(pack_id=pack.pk, now=now)
            continue
        lease = _Lease(pack.pk, now=now)  # its worker dies each time
        if lease.take():
            _give_up(lease, pack, "生成了几次都中断了。可以再试一次；还不行，请找维护人员。")
    return done
