"""A copy of everything held about a person: asked for, built in the background, erased after a week."""

import hashlib
import logging
import tempfile
import zipfile
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import DataExport, User
from accounts.states import EXPORT, EXPORT_LIVES, ExportAction, ExportState
from common import audit, files, outbox
from common.actors import SYSTEM
from common.errors import StaleStateError
from common.models import Channel, StoredFile
from common.ratelimit import Limit, hit
from common.retention import Rule, erase_file
from xuexin import tasks
from xuexin.own_data.items import as_json
from xuexin.own_data.parts import PARTS

__all__ = [
    "EXPORT_RULE",
    "build_export",
    "downloadable",
    "exports_of",
    "note_download",
    "request_export",
    "resume_exports",
]

logger = logging.getLogger(__name__)

# Each export reads everything about a person; three a day are enough for a second try.
EXPORTS_A_DAY = Limit("own-export", 3, 24 * 3600)
_TRIES = 3
_STALE_AFTER = timedelta(minutes=5)
_EPOCH = (2026, 1, 1, 0, 0, 0)


def exports_of(user: User) -> QuerySet[DataExport]:
    """The person's own exports, the newest first."""
    return DataExport.objects.filter(user=user).select_related("file").order_by("-pk")


def downloadable(user: User, *, now: datetime) -> QuerySet[DataExport]:
    """Those that are there to be downloaded."""
    return exports_of(user).filter(
        state=ExportState.READY, expires_at__gt=now, file__purged_at=None
    )


def request_export(*, user: User, now: datetime) -> DataExport:
    """Ask for a copy; while one is being prepared, asking again gives that one. TooManyError beyond the limit."""
    waiting = DataExport.objects.filter(user=user, state=ExportState.REQUESTED)
    if found := waiting.first():
        return found
    hit(EXPORTS_A_DAY, str(user.pk), now=now)
    try:
        with transaction.atomic():
            export = DataExport.objects.create(user=user, requested_at=now)
            audit.record("export.requested", actor=user, now=now, obj=export)
            transaction.on_commit(
                partial(tasks.build_export.delay, export_id=export.pk), robust=True
            )
    except IntegrityError:  # the second click of two
        return waiting.get()
    return export


def build_export(*, export_id: int, now: datetime) -> bool:
    """Build one copy, unless somebody is at it or it is done; returns whether it is ready now.

    A try that breaks off leaves nothing behind and is taken up again by the sweep; after the third
    the person is told.
    """
    mine = DataExport.objects.filter(pk=export_id, state=ExportState.REQUESTED)
    free = mine.filter(Q(heartbeat_at=None) | Q(heartbeat_at__lte=now - _STALE_AFTER))
    if free.update(heartbeat_at=now, attempts=F("attempts") + 1) != 1:
        return False
    export = mine.select_related("user").get()
    try:
        _check_open(export.user)
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as content:
            write_zip(content, user=export.user, now=now)
            _finish(export, content, now=now)
    except Exception as error:
        logger.exception("export %s could not be built", export_id)
        if export.attempts >= _TRIES or not export.user.is_active:
            with suppress(StaleStateError):
                _give_up(export, type(error).__name__, now=now)
        return False
    return True


def _check_open(user: User) -> None:
    """Nobody can fetch what is made for a closed account."""
    if not user.is_active:
        raise StaleStateError("这个账号已停用")


def write_zip(target: IO[bytes], *, user: User, now: datetime) -> None:
    """Everything that the parts hold about the person, with a list of the files and their digests."""
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in PARTS:
            for item in part.collect(user, now):
                content = item.content()
                _put(archive, item.path, content)
                digest = hashlib.sha256(content).hexdigest()
                listed.append({"path": item.path, "label": item.label, "sha256": digest})
        _put(archive, "目录.json", as_json({"exported_at": now, "files": listed}))
        _put(archive, "说明.txt", _readme(listed).encode())


def _put(archive: zipfile.ZipFile, path: str, content: bytes) -> None:
    """One entry, without a date of its own, so that the same data give the same archive."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("a path of an export leads out of it")
    info = zipfile.ZipInfo(path, date_time=_EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def _readme(listed: list[dict[str, Any]]) -> str:
    lines = [
        f"{settings.SITE_NAME}：你的全部数据",
        "",
        "这里是本服务保存的、与你有关的全部数据。JSON 文件可以用记事本打开，时间是北京时间。",
        "里面有你的完整证件号码和照片，不要转发，用完请删除。",
        "别人的资料不在里面；老师只写成“学校工作人员”或角色。",
        "",
        *(f"{item['path']}：{item['label']}" for item in listed),
    ]
    return "\r\n".join(lines) + "\r\n"


def _finish(export: DataExport, content: IO[bytes], *, now: datetime) -> None:
    """Keep the archive sealed and hand the export over in one transaction."""
    kept: StoredFile | None = None
    expires_at = now + EXPORT_LIVES
    try:
        with transaction.atomic():
            kept = files.store_sealed(
                content,
                kind="export",
                content_type="application/zip",
                now=now,
                actor=SYSTEM,
                retain_until=expires_at,
            )
            _move(export, ExportAction.FINISH, file=kept, ready_at=now, expires_at=expires_at)
            audit.record("export.built", actor=SYSTEM, now=now, obj=export)
            _tell(export, "own_data_ready", now=now, expires_at=expires_at.isoformat())
    except BaseException:
        if kept is not None:
            files.discard_blob(kept.key)
        raise


def _move(export: DataExport, action: ExportAction, **changes: Any) -> None:
    """Leave the waiting state while the lease is ours; StaleStateError when somebody took over."""
    unmoved = DataExport.objects.filter(
        pk=export.pk, state=ExportState.REQUESTED, heartbeat_at=export.heartbeat_at
    )
    target = EXPORT.target(action, source=ExportState.REQUESTED)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError("另一个进程已经接手")


@transaction.atomic
def _give_up(export: DataExport, failure: str, *, now: datetime) -> None:
    _move(export, ExportAction.FAIL, failure=failure)
    audit.record("export.failed", actor=SYSTEM, now=now, obj=export, details={"failure": failure})
    _tell(export, "own_data_failed", now=now)


def _tell(export: DataExport, template: str, *, now: datetime, **params: str) -> None:
    """A notice, and a message to where the account is reached: mail, else SMS."""
    user = export.user
    outer = Channel.EMAIL if user.email else Channel.SMS
    outbox.queue_many(
        [
            outbox.Message(
                key=f"{template}:{export.pk}:{channel}",
                channel=channel,
                template=template,
                user_id=user.pk,
                params=params,
                expires_at=now + EXPORT_LIVES if channel != Channel.NOTICE else None,
            )
            for channel in (Channel.NOTICE, outer)
        ],
        now=now,
    )


def resume_exports(*, now: datetime, limit: int = 5) -> int:
    """Take up exports whose task was lost or whose worker died; returns how many are ready now."""
    silent = Q(heartbeat_at__lte=now - _STALE_AFTER)
    never_begun = Q(heartbeat_at=None, requested_at__lte=now - _STALE_AFTER)
    waiting = DataExport.objects.filter(silent | never_begun, state=ExportState.REQUESTED)
    return sum(
        build_export(export_id=pk, now=now)
        for pk in waiting.order_by("pk").values_list("pk", flat=True)[:limit]
    )


def note_download(*, export: DataExport, user: User, now: datetime) -> None:
    """Write down that the owner took the copy."""
    audit.record("export.downloaded", actor=user, now=now, obj=export)


def _due(now: datetime) -> QuerySet[DataExport]:
    return DataExport.objects.filter(state=ExportState.READY, expires_at__lte=now).order_by(
        "expires_at", "pk"
    )


def _erase(now: datetime, limit: int) -> int:
    done = 0
    target = EXPORT.target(ExportAction.EXPIRE, source=ExportState.READY)
    for export in _due(now).select_related("file")[:limit]:
        if export.file is not None:
            erase_file(
                export.file,
                kind="导出的个人数据",
                basis=f"导出的个人数据：备好满 {EXPORT_LIVES.days} 天",
                due_at=export.expires_at or now,
                now=now,
                owner_id=export.user_id,
            )
        done += DataExport.objects.filter(pk=export.pk, state=ExportState.READY).update(
            state=target
        )
    return done


EXPORT_RULE = Rule(
    name="exports",
    label="导出的个人数据",
    count=lambda now: _due(now).count(),
    erase=_erase,
)
