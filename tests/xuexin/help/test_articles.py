"""Writing the help: every saving is a version, nothing is overwritten unseen, nothing unreadable is kept."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from common.actors import SYSTEM
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, HelpArticle, HelpAudience, HelpVersion
from tests.factories.help import CONTENT, make_article
from xuexin.help.articles import content_of, restore_version, revise_article, write_article

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def revise(article: HelpArticle, actor: Any, now: datetime, **changes: Any) -> HelpArticle:
    seen = changes.pop("seen", article.version_no)
    content = replace(content_of(article), **changes)
    return revise_article(article=article, content=content, seen=seen, actor=actor, now=now)


def test_new_question_is_its_own_first_version(li: User, now: datetime) -> None:
    article = write_article(content=CONTENT, note="学生常问", actor=li, now=now)

    version = article.versions.get()
    assert content_of(article) == content_of(version) == CONTENT
    assert (version.number, version.written_by, version.written_at) == (1, li.actor_label, now)
    event = AuditEvent.objects.get(action="help.written")
    assert (event.object_id, event.actor_id, event.reason) == (
        str(article.pk),
        li.actor_id,
        "学生常问",
    )


def test_change_keeps_what_was_there_before(li: User, now: datetime) -> None:
    article = make_article()

    later = now + timedelta(days=1)
    revise(article, li, later, answer="在图书馆一楼。", question="补拍在哪儿？")

    article.refresh_from_db()
    assert (article.version_no, article.answer) == (2, "在图书馆一楼。")
    assert (article.changed_at, article.changed_by) == (later, li.actor_label)
    first, second = article.versions.order_by("number")
    assert content_of(first) == CONTENT
    assert content_of(second) == content_of(article)
    event = AuditEvent.objects.get(action="help.changed")
    assert event.details["changed"] == ["问题", "回答"]


def test_anchor_stays_whatever_the_question_is_called(li: User, now: datetime) -> None:
    article = make_article()
    slug = article.slug

    revise(article, li, now, question="哪里补拍？", topic="照片")

    assert HelpArticle.objects.get(pk=article.pk).slug == slug


def test_second_of_two_editors_is_told_and_nothing_is_lost(
    li: User, auditor: User, now: datetime
) -> None:
    article = make_article()
    revise(article, li, now, answer="第一个人改的。")

    with pytest.raises(StaleStateError, match="别人刚改过"):
        revise(article, li, now, answer="第二个人改的。", seen=1)

    article.refresh_from_db()
    assert (article.answer, article.version_no) == ("第一个人改的。", 2)
    assert article.versions.count() == 2


def test_saving_what_stands_there_is_no_version(li: User, now: datetime) -> None:
    article = make_article()

    with pytest.raises(InvalidInputError, match="没有改动"):
        revise(article, li, now, answer=f"{article.answer}  \r\n")

    assert article.versions.count() == 1


def test_old_version_comes_back_as_a_new_one(li: User, now: datetime) -> None:
    article = make_article()
    revise(article, li, now, answer="错的。", position=7, audience=HelpAudience.STUDENTS)

    restore_version(article=article, number=1, seen=2, note="改错了", actor=li, now=now)

    article.refresh_from_db()
    assert article.answer == CONTENT.answer
    assert (article.version_no, article.position) == (3, 7)
    assert article.audience == HelpAudience.EVERYONE
    newest = article.versions.get(number=3)
    assert (newest.restored_no, newest.note) == (1, "改错了")
    assert article.versions.get(number=2).answer == "错的。"
    assert AuditEvent.objects.get(action="help.restored").details["restored_no"] == 1


def test_putting_back_a_draft_takes_nothing_off_the_page(li: User, now: datetime) -> None:
    article = make_article(is_published=False)
    revise(article, li, now, answer="写完了。", is_published=True)

    restore_version(article=article, number=1, seen=2, actor=li, now=now)

    article.refresh_from_db()
    assert (article.answer, article.is_published) == (CONTENT.answer, True)


@pytest.mark.parametrize(("number", "seen"), [(9, 2), (1, 1)], ids=["no-such", "stale"])
def test_putting_back_looks_first(number: int, seen: int, li: User, now: datetime) -> None:
    article = make_article()
    revise(article, li, now, answer="新的。")

    with pytest.raises(DomainError):
        restore_version(article=article, number=number, seen=seen, actor=li, now=now)

    assert HelpArticle.objects.get(pk=article.pk).answer == "新的。"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"answer": "到{地点}来"}, "answer", "没有“{地点}”这个变量"),
        ({"answer": "到{学校来"}, "answer", "花括号没有成对"),
        ({"answer": "看[学信网]"}, "answer", "没有叫“学信网”的页面"),
        ({"answer": "  \n "}, "answer", "请填写回答"),
        ({"answer": "长" * 3001}, "answer", "最多 3000 个字"),
        ({"question": "在{地点}？"}, "question", "没有“{地点}”这个变量"),
        ({"question": " "}, "question", "请填写问题"),
        ({"topic": ""}, "topic", "请填写分组"),
        ({"topic": "{学校}"}, "topic", "没有“{学校}”这个变量"),
        ({"position": -1}, "position", "次序"),
        ({"position": 40_000}, "position", "次序"),
    ],
    ids=range(11),
)
def test_what_nobody_could_read_is_refused(
    changes: dict[str, Any], field: str, said: str, li: User, now: datetime
) -> None:
    before = HelpVersion.objects.count()

    with pytest.raises(InvalidInputError, match=said) as refusal:
        write_article(content=replace(CONTENT, **changes), actor=li, now=now)

    assert refusal.value.field == field
    assert HelpVersion.objects.count() == before


@pytest.mark.parametrize("person", ["alice", "chen", "leader", "auditor"])
def test_only_the_registrar_writes(
    person: str, request: pytest.FixtureRequest, now: datetime
) -> None:
    actor = request.getfixturevalue(person)
    article = make_article()

    for attempt in (
        lambda: write_article(content=CONTENT, actor=actor, now=now),
        lambda: revise(article, actor, now, answer="别的"),
        lambda: restore_version(article=article, number=1, seen=1, actor=actor, now=now),
    ):
        with pytest.raises(NotAllowedError):
            attempt()

    assert article.versions.count() == 1


def test_command_writes_for_the_office(now: datetime) -> None:
    assert write_article(content=CONTENT, actor=SYSTEM, now=now).changed_by == "系统"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_saved(li: User, now: datetime) -> None:
    article = make_article()
    start, outcomes = threading.Barrier(2), []

    def save(answer: str) -> None:
        try:
            start.wait()
            revise(article, li, now, answer=answer, seen=1)
            outcomes.append(answer)
        except StaleStateError:
            outcomes.append("stale")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save, args=(answer,)) for answer in ("甲写的", "乙写的")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    saved = HelpArticle.objects.get(pk=article.pk)
    assert sorted(outcomes) == sorted(["stale", saved.answer])
    assert (saved.version_no, saved.versions.count()) == (2, 2)
