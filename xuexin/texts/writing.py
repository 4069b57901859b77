"""Writing a message: words of the office's own, an old version, or the code's words again."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.policies import is_registrar
from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import Channel, MessageText, MessageTextVersion, MessageWords
from common.outbox import default_words
from common.texts import CATALOG, Wording, check_words, forget

__all__ = [
    "CODE_WORDS",
    "FIELD_NAMES",
    "MessageContent",
    "begin_with",
    "content_of",
    "put_back",
    "restore_text",
    "revise_text",
    "wording_of",
]

FIELD_NAMES: Final = {"subject": "标题", "body": "正文", "sms": "短信"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContent:
    """What a message says; with `is_default` the code says it."""

    subject: str = ""
    body: str = ""
    sms: str = ""
    is_default: bool = False

    def cleaned(self) -> "MessageContent":
        """With one kind of line end, and nothing around the words."""
        lines = (line.rstrip() for line in self.body.strip().splitlines())
        return replace(
            self,
            subject=" ".join(self.subject.split()),
            body="\n".join(lines),
            sms=" ".join(self.sms.split()),
        )


CODE_WORDS: Final = MessageContent(is_default=True)


def content_of(source: MessageWords) -> MessageContent:
    """The words of a message, or of one of its versions."""
    return MessageContent(
        subject=source.subject, body=source.body, sms=source.sms, is_default=source.is_default
    )


def wording_of(text: MessageText) -> Wording:
    """What fills the message; InvalidInputError for one that this release no longer sends."""
    if text.key not in CATALOG:
        raise InvalidInputError("这个版本的系统已经不发这条消息。")
    return CATALOG[text.key]


def begin_with(wording: Wording) -> MessageContent:
    """The code's own words with places where its samples stood: what the office begins to change."""
    params = wording.samples()
    values = wording.values(params)
    longest = sorted(values, key=lambda name: len(values[name]), reverse=True)

    def placed(text: str) -> str:
        for name in longest:
            if values[name]:
                text = text.replace(values[name], f"{{{name}}}")
        return text

    subject, body = default_words(wording.key, params, Channel.NOTICE)
    _subject, sms = default_words(wording.key, params, Channel.SMS)
    sms = "" if sms == body else sms
    content = MessageContent(subject=placed(subject), body=placed(body), sms=placed(sms))
    return content.cleaned()


@transaction.atomic
def revise_text(
    *,
    text: MessageText,
    content: MessageContent,
    seen: int,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> MessageText:
    """Give the message words of the office's own; StaleStateError when it is no longer the version `seen`."""
    _check_can_write(actor)
    content = _checked(text, replace(content, is_default=False))
    return _save(text, content, seen=seen, note=note, action="text.changed", actor=actor, now=now)


@transaction.atomic
def put_back(
    *, text: MessageText, seen: int, note: str = "", actor: Actor, now: datetime
) -> MessageText:
    """Let the code say it again; what the office wrote stays in the history."""
    _check_can_write(actor)
    return _save(
        text, CODE_WORDS, seen=seen, note=note, action="text.put_back", actor=actor, now=now
    )


@transaction.atomic
def restore_text(
    *, text: MessageText, number: int, seen: int, note: str = "", actor: Actor, now: datetime
) -> MessageText:
    """Put the words of an earlier version back as a new one, checked like anything new."""
    _check_can_write(actor)
    former = MessageTextVersion.objects.filter(text=text, number=number).first()
    if former is None:
        raise InvalidInputError("没有这一版。", field="number")
    content = content_of(former)
    if not content.is_default:
        content = _checked(text, content)
    return _save(
        text,
        content,
        seen=seen,
        note=note,
        action="text.restored",
        restored_no=number,
        actor=actor,
        now=now,
    )


def _check_can_write(actor: Actor) -> None:
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("消息文字由教务处编写。")


def _checked(text: MessageText, content: MessageContent) -> MessageContent:
    content = content.cleaned()
    for name, label in FIELD_NAMES.items():
        written = getattr(content, name)
        longest = MessageText._meta.get_field(name).max_length or 0  # type: ignore[union-attr]  # noqa: SLF001 -- Django's public _meta; all are plain columns
        if not written and name != "sms":
            raise InvalidInputError(f"请填写{label}。", field=name)
        if len(written) > longest:
            raise InvalidInputError(
                f"{label}最多 {longest} 个字，现在是 {len(written)} 个。", field=name
            )
    check_words(wording_of(text), (content.subject, content.body, content.sms))
    return content


def _save(
    text: MessageText,
    content: MessageContent,
    *,
    seen: int,
    note: str,
    action: str,
    actor: Actor,
    now: datetime,
    restored_no: int | None = None,
) -> MessageText:
    """Compare-and-swap on the number of the version, then the version and the audit event."""
    current = MessageText.objects.get(pk=text.pk)
    if current.version_no == seen and content_of(current) == content:
        raise InvalidInputError("没有改动。")
    moved = MessageText.objects.filter(pk=text.pk, version_no=seen).update(
        **asdict(content),
        version_no=F("version_no") + 1,
        changed_at=now,
        changed_by=actor.actor_label,
    )
    if moved != 1:
        raise StaleStateError(
            "你打开以后，别人刚改过这条消息。两边的文字这一页都有，合到一起再存一次。"
        )
    text.refresh_from_db()
    MessageTextVersion.objects.create(
        text=text,
        number=text.version_no,
        **asdict(content),
        restored_no=restored_no,
        note=note.strip(),
        written_at=now,
        written_by=actor.actor_label,
    )
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=text,
        reason=note.strip(),
        details={"version_no": text.version_no, "restored_no": restored_no},
    )
    transaction.on_commit(partial(forget))
    return text
