"""Writing the help: a new question, a change, an old version put back. Every saving is a version."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.policies import is_registrar
from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.markup import check_markup
from common.models import HelpArticle, HelpAudience, HelpText, HelpVersion
from common.placeholders import check_places
from xuexin.help.reading import forget
from xuexin.help.words import PAGES, PLACES

__all__ = [
    "FIELD_NAMES",
    "HelpContent",
    "changed_names",
    "check_can_write_help",
    "content_of",
    "restore_version",
    "revise_article",
    "write_article",
]

LARGEST_POSITION: Final = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpContent:
    """What the office writes about one question."""

    topic: str
    question: str
    answer: str
    audience: HelpAudience
    position: int
    is_published: bool

    def cleaned(self) -> "HelpContent":
        """With one kind of line end, and nothing around the words."""
        lines = (line.rstrip() for line in self.answer.strip().splitlines())
        return replace(
            self,
            topic=" ".join(self.topic.split()),
            question=" ".join(self.question.split()),
            answer="\n".join(lines),
        )


FIELD_NAMES: Final[Mapping[str, str]] = {
    field.name: str(HelpArticle._meta.get_field(field.name).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001 -- Django's public _meta; all are plain columns
    for field in fields(HelpContent)
}


def content_of(source: HelpText) -> HelpContent:
    """The words of an article, or of one of its versions."""
    return HelpContent(
        topic=source.topic,
        question=source.question,
        answer=source.answer,
        audience=HelpAudience(source.audience),
        position=source.position,
        is_published=source.is_published,
    )


def changed_names(before: HelpContent, after: HelpContent) -> list[str]:
    """What the two differ in, as the office calls it."""
    return [
        label
        for name, label in FIELD_NAMES.items()
        if getattr(before, name) != getattr(after, name)
    ]


def check_can_write_help(actor: Actor) -> None:
    """The help is the registrar's; commands act for the office."""
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("帮助由教务处编写。")


@transaction.atomic
def write_article(
    *, content: HelpContent, note: str = "", actor: Actor, now: datetime
) -> HelpArticle:
    """A new question; its anchor is drawn once and stays whatever it is called later."""
    check_can_write_help(actor)
    content = _checked(content)
    article = HelpArticle.objects.create(
        slug=f"q-{secrets.token_hex(4)}",
        **asdict(content),
        created_at=now,
        changed_at=now,
        changed_by=actor.actor_label,
    )
    _keep(article, content, note=note, actor=actor, now=now)
    _note("help.written", article, list(FIELD_NAMES.values()), note=note, actor=actor, now=now)
    return article


@transaction.atomic
def revise_article(
    *,
    article: HelpArticle,
    content: HelpContent,
    seen: int,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> HelpArticle:
    """Give the article other words; StaleStateError when it is no longer the version that was `seen`."""
    check_can_write_help(actor)
    content = _checked(content)
    changed = _replace(article, content, seen=seen, actor=actor, now=now)
    _keep(article, content, note=note, actor=actor, now=now)
    _note("help.changed", article, changed, note=note, actor=actor, now=now)
    return article


@transaction.atomic
def restore_version(
    *,
    article: HelpArticle,
    number: int,
    seen: int,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> HelpArticle:
    """Put the words of an earlier version back, as a new version: nothing in between is lost.

    Where it stands and whether it is published stay as they are now. Checked like anything new: a
    page or a place that it names may be gone since.
    """
    check_can_write_help(actor)
    former = HelpVersion.objects.filter(article=article, number=number).first()
    if former is None:
        raise InvalidInputError("没有这一版。", field="number")
    words = content_of(former)
    content = _checked(replace(words, position=article.position, is_published=article.is_published))
    changed = _replace(article, content, seen=seen, actor=actor, now=now)
    _keep(article, content, note=note, restored_no=number, actor=actor, now=now)
    _note("help.restored", article, changed, note=note, actor=actor, now=now, restored_no=number)
    return article


def _checked(content: HelpContent) -> HelpContent:
    content = content.cleaned()
    for name, label in (("topic", "分组"), ("question", "问题"), ("answer", "回答")):
        written = getattr(content, name)
        longest = HelpArticle._meta.get_field(name).max_length or 0  # type: ignore[union-attr]  # noqa: SLF001 -- the same
        if not written:
            raise InvalidInputError(f"请填写{label}。", field=name)
        if len(written) > longest:
            raise InvalidInputError(
                f"{label}最多 {longest} 个字，现在是 {len(written)} 个。", field=name
            )
    if not 0 <= content.position <= LARGEST_POSITION:
        raise InvalidInputError(f"次序请填 0 到 {LARGEST_POSITION} 之间的数。", field="position")
    check_places(content.topic, known=(), field="topic")
    check_places(content.question, known=PLACES, field="question")
    check_places(content.answer, known=PLACES, field="answer")
    check_markup(content.answer, pages=PAGES, field="answer")
    return content


def _replace(
    article: HelpArticle, content: HelpContent, *, seen: int, actor: Actor, now: datetime
) -> list[str]:
    """Compare-and-swap on the number of the version; returns what was changed."""
    current = HelpArticle.objects.get(pk=article.pk)
    if current.version_no == seen and content_of(current) == content:
        raise InvalidInputError("没有改动。")
    unmoved = HelpArticle.objects.filter(pk=article.pk, version_no=seen)
    values: dict[str, Any] = asdict(content)
    moved = unmoved.update(
        **values, version_no=F("version_no") + 1, changed_at=now, changed_by=actor.actor_label
    )
    if moved != 1:
        raise StaleStateError(
            "你打开以后，别人刚改过这个问题。两边的文字这一页都有，合到一起再存一次。"
        )
    article.refresh_from_db()
    return changed_names(content_of(current), content)


def _keep(
    article: HelpArticle,
    content: HelpContent,
    *,
    note: str,
    actor: Actor,
    now: datetime,
    restored_no: int | None = None,
) -> None:
    """Write the version down; readers see it when the transaction is through."""
    HelpVersion.objects.create(
        article=article,
        number=article.version_no,
        **asdict(content),
        restored_no=restored_no,
        note=note.strip(),
        written_at=now,
        written_by=actor.actor_label,
    )
    transaction.on_commit(partial(forget))


def _note(
    action: str,
    article: HelpArticle,
    changed: list[str],
    *,
    note: str,
    actor: Actor,
    now: datetime,
    restored_no: int | None = None,
) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=article,
        reason=note.strip(),
        details={
            "version_no": article.version_no,
            "restored_no": restored_no,
            "changed": changed,
            "published": article.is_published,
        },
    )
