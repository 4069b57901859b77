"""Formal notices: drafted, published, corrected, withdrawn; every saving is a version."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.policies import is_registrar
from common import audit, files
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.evidence import clean_evidence
from common.markup import check_markup
from enrollment.models import College
from imaging.models import (
    Announcement,
    AnnouncementFile,
    AnnouncementRead,
    AnnouncementVersion,
)
from imaging.selectors.announcements import forget_headlines
from imaging.states.announcement import (
    ANNOUNCEMENT,
    AnnouncementAction,
    AnnouncementReader,
    AnnouncementState,
)

__all__ = [
    "FIELD_NAMES",
    "AnnouncementContent",
    "attach_file",
    "available_announcement_actions",
    "content_of",
    "draft_announcement",
    "note_read",
    "publish_announcement",
    "remove_file",
    "restore_announcement",
    "revise_announcement",
    "withdraw_announcement",
]

MOST_FILES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementContent:
    """What a formal notice says, and to whom."""

    document_no: str = ""
    title: str
    body: str
    duties: str = ""
    room: str = ""
    phone: str = ""
    is_public: bool = False
    readers: tuple[str, ...] = ()
    campaign_id: int | None = None
    graduating_class: int | None = None
    colleges: tuple[int, ...] = ()
    opens_at: datetime
    closes_at: datetime | None = None

    def cleaned(self) -> "AnnouncementContent":
        """With one kind of line end, nothing around the words, and lists in one order."""
        words: dict[str, Any] = {
            name: "\n".join(line.rstrip() for line in getattr(self, name).strip().splitlines())
            for name in ("document_no", "title", "body", "duties", "room", "phone")
        }
        return replace(
            self,
            **words,
            readers=tuple(sorted(set(self.readers))),
            colleges=tuple(sorted(set(self.colleges))),
        )

    def stored(self) -> dict[str, Any]:
        """As columns of the row."""
        return asdict(self) | {"readers": list(self.readers), "colleges": list(self.colleges)}

    def as_json(self) -> dict[str, Any]:
        """As a version keeps it."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in self.stored().items()
        }


_NAMES: Final = tuple(AnnouncementContent.__dataclass_fields__)
FIELD_NAMES: Final = {
    name: str(Announcement._meta.get_field(name.removesuffix("_id")).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001 -- Django's public _meta
    for name in _NAMES
}


def content_of(source: Announcement | AnnouncementVersion) -> AnnouncementContent:
    """What a notice, or one of its versions, says."""
    if isinstance(source, Announcement):
        values = {name: getattr(source, name) for name in _NAMES}
    else:
        values = dict(source.content)
        for name in ("opens_at", "closes_at"):
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["readers"], values["colleges"] = tuple(values["readers"]), tuple(values["colleges"])
    return AnnouncementContent(**values)


def available_announcement_actions(
    actor: Actor, announcement: Announcement
) -> list[AnnouncementAction]:
    """What the person may do with it now; draws every button."""
    if isinstance(actor, User) and not is_registrar(actor):
        return []
    return ANNOUNCEMENT.actions_from(AnnouncementState(announcement.state))


@transaction.atomic
def draft_announcement(
    *, content: AnnouncementContent, actor: Actor, now: datetime
) -> Announcement:
    """A new notice that nobody but the office sees yet."""
    _check_can_write(actor)
    content = _checked(content)
    announcement = Announcement.objects.create(
        **content.stored(), created_at=now, changed_at=now, changed_by=actor.actor_label
    )
    _keep(announcement, content, note="", actor=actor, now=now)
    _note("announcement.drafted", announcement, actor=actor, now=now)
    return announcement


@transaction.atomic
def revise_announcement(
    *,
    announcement: Announcement,
    content: AnnouncementContent,
    seen: int,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Announcement:
    """Other words for a draft, or a correction of what is published, which needs a word about why."""
    _check_can_write(actor)
    current = Announcement.objects.get(pk=announcement.pk)
    action = (
        AnnouncementAction.CORRECT
        if current.state == AnnouncementState.PUBLISHED
        else AnnouncementAction.REVISE
    )
    ANNOUNCEMENT.target(action, source=AnnouncementState(current.state))
    if action is AnnouncementAction.CORRECT and not note.strip():
        raise InvalidInputError("公告已经发布，请写明更正了什么。", field="note")
    content = _checked(content)
    if current.version_no == seen and content_of(current) == content:
        raise InvalidInputError("没有改动。")
    moved = Announcement.objects.filter(
        pk=announcement.pk, version_no=seen, state=current.state
    ).update(
        **content.stored(),
        version_no=F("version_no") + 1,
        changed_at=now,
        changed_by=actor.actor_label,
    )
    if moved != 1:
        raise StaleStateError(
            "你打开以后，别人刚改过这份公告。两边的文字这一页都有，合到一起再存一次。"
        )
    announcement.refresh_from_db()
    _keep(announcement, content, note=note, actor=actor, now=now)
    _note("announcement.changed", announcement, reason=note, actor=actor, now=now)
    return announcement


def restore_announcement(
    *, announcement: Announcement, number: int, seen: int, note: str, actor: Actor, now: datetime
) -> Announcement:
    """Put an earlier version back as a new one, checked like anything new."""
    former = AnnouncementVersion.objects.filter(announcement=announcement, number=number).first()
    if former is None:
        raise InvalidInputError("没有这一版。", field="number")
    return revise_announcement(
        announcement=announcement,
        content=content_of(former),
        seen=seen,
        note=note,
        actor=actor,
        now=now,
    )


@transaction.atomic
def publish_announcement(
    *, announcement: Announcement, seen: int, actor: Actor, now: datetime
) -> Announcement:
    """Show it to those whom it concerns, from its time on; exactly the version that was looked at."""
    ends = {"published_at": now, "published_by": actor.actor_label}
    return _move(announcement, AnnouncementAction.PUBLISH, ends, seen=seen, actor=actor, now=now)


@transaction.atomic
def withdraw_announcement(
    *, announcement: Announcement, reason: str, actor: Actor, now: datetime
) -> Announcement:
    """Take it from every page; the office keeps it with all its versions."""
    if not reason.strip():
        raise InvalidInputError("请写明撤下的理由。", field="reason")
    ends = {
        "withdrawn_at": now,
        "withdrawn_by": actor.actor_label,
        "withdrawal_reason": reason.strip(),
    }
    return _move(
        announcement, AnnouncementAction.WITHDRAW, ends, reason=reason, actor=actor, now=now
    )


@transaction.atomic
def attach_file(
    *, announcement: Announcement, data: bytes, name: str, actor: Actor, now: datetime
) -> AnnouncementFile:
    """Put a picture, drawn anew, or a checked PDF beside the notice."""
    _check_can_write(actor)
    if announcement.state == AnnouncementState.WITHDRAWN:
        raise StaleStateError("公告已经撤下，不能再加附件。")
    if announcement.files.filter(removed_at=None).count() >= MOST_FILES:
        raise InvalidInputError(f"最多 {MOST_FILES} 个附件。", field="file")
    try:
        clean = clean_evidence(data, name)
    except InvalidInputError as error:
        raise InvalidInputError(str(error), field="file") from error
    stored = files.store(
        clean.data,
        kind="announcement",
        content_type=clean.content_type,
        now=now,
        actor=actor,
        original_name=clean.name,
    )
    added = AnnouncementFile.objects.create(
        announcement=announcement,
        file=stored,
        name=clean.name,
        added_at=now,
        added_by=actor.actor_label,
    )
    _note("announcement.file_added", announcement, name=clean.name, actor=actor, now=now)
    return added


@transaction.atomic
def remove_file(
    *, announcement: Announcement, number: int, actor: Actor, now: datetime
) -> AnnouncementFile:
    """Take a file from the page; its bytes stay with the history."""
    _check_can_write(actor)
    there = AnnouncementFile.objects.filter(announcement=announcement, pk=number, removed_at=None)
    if there.update(removed_at=now, removed_by=actor.actor_label) != 1:
        raise StaleStateError("这个附件已经拿掉了。")
    removed = AnnouncementFile.objects.get(pk=number)
    _note("announcement.file_removed", announcement, name=removed.name, actor=actor, now=now)
    return removed


def note_read(*, announcement: Announcement, user: User, now: datetime) -> None:
    """That this account has opened it; the first time counts."""
    AnnouncementRead.objects.bulk_create(
        [AnnouncementRead(announcement=announcement, user=user, read_at=now)],
        ignore_conflicts=True,
    )


def _move(
    announcement: Announcement,
    action: AnnouncementAction,
    ends: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
    reason: str = "",
) -> Announcement:
    _check_can_write(actor)
    source = AnnouncementState(announcement.state)
    target = ANNOUNCEMENT.target(action, source=source)
    there = Announcement.objects.filter(pk=announcement.pk, state=source)
    if seen is not None:
        there = there.filter(version_no=seen)
    if there.update(state=target, **ends) != 1:
        raise StaleStateError("这份公告刚刚有了变化，请刷新页面再看。")
    announcement.refresh_from_db()
    verb = "published" if target == AnnouncementState.PUBLISHED else "withdrawn"
    _note(f"announcement.{verb}", announcement, reason=reason, actor=actor, now=now)
    transaction.on_commit(forget_headlines)
    return announcement


def _check_can_write(actor: Actor) -> None:
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("公告由教务处发布。")


def _checked(content: AnnouncementContent) -> AnnouncementContent:
    content = content.cleaned()
    for name in ("document_no", "title", "body", "duties", "room", "phone"):
        written, label = getattr(content, name), FIELD_NAMES[name]
        longest = Announcement._meta.get_field(name).max_length or 0  # type: ignore[union-attr]  # noqa: SLF001 -- the same
        if not written and name in {"title", "body"}:
            raise InvalidInputError(f"请填写{label}。", field=name)
        if len(written) > longest:
            raise InvalidInputError(
                f"{label}最多 {longest} 个字，现在是 {len(written)} 个。", field=name
            )
    for name in ("body", "duties"):
        check_markup(getattr(content, name), pages=(), field=name)
    if content.closes_at is not None and content.closes_at <= content.opens_at:
        raise InvalidInputError("结束的时间要晚于开始的时间。", field="closes_at")
    if set(content.readers) - set(AnnouncementReader.values):
        raise InvalidInputError("没有这一类读者。", field="readers")
    if content.colleges:
        known = College.objects.filter(pk__in=content.colleges).count()
        if known != len(content.colleges):
            raise InvalidInputError("没有这个学院，请刷新页面再选。", field="colleges")
    return content


def _keep(
    announcement: Announcement,
    content: AnnouncementContent,
    *,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    AnnouncementVersion.objects.create(
        announcement=announcement,
        number=announcement.version_no,
        content=content.as_json(),
        note=note.strip(),
        written_at=now,
        written_by=actor.actor_label,
    )
    transaction.on_commit(forget_headlines)


def _note(
    action: str,
    announcement: Announcement,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    name: str = "",
) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=announcement,
        reason=reason.strip(),
        details={"version_no": announcement.version_no, "name": name},
    )
