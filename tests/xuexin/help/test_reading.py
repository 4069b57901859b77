"""Reading the help: for whom, in which order, with which words, and as fresh as it was written."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import override_settings

from accounts.models import User
from common.kept import Kept
from common.models import HelpAudience
from tests.factories.enrolment import make_school
from tests.factories.help import make_article
from tests.xuexin.help.test_articles import revise
from xuexin.help import reading
from xuexin.help.reading import Topic, topics_for, topics_with
from xuexin.help.words import PLACES, page_addresses, values

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

EVERYONE = (HelpAudience.EVERYONE,)
Committed = Callable[..., Any]


def questions(topics: tuple[Topic, ...]) -> list[str]:
    return [entry.question for topic in topics for entry in topic.entries]


def test_heading_stands_where_its_first_question_stands() -> None:
    make_article(topic="放心", question="早的？", position=1)
    make_article(topic="新的", question="晚的？", position=900)

    topics = topics_for(EVERYONE)

    assert [topic.title for topic in topics] == ["放心", "注册", "进不来、找不到", "照片", "新的"]
    assert topics[0].entries[0].question == "早的？"


def test_draft_and_what_is_for_others_stay_away() -> None:
    make_article(question="草稿？", is_published=False)
    make_article(question="给学生？", audience=HelpAudience.STUDENTS)

    assert "草稿？" not in questions(topics_for(tuple(HelpAudience)))
    assert "给学生？" not in questions(topics_for(EVERYONE))
    assert "给学生？" in questions(topics_for((*EVERYONE, HelpAudience.STUDENTS)))


def test_every_word_must_be_there_wherever_it_stands() -> None:
    make_article(question="补拍在哪里？", answer="在{学校}的 A 座，先看[照片自检]。")
    school = make_school()

    for words in ("补拍", "a 座", f"{school.name} 哪里", "照片自检 补拍"):
        topics = topics_for(EVERYONE, words=words)
        assert "补拍在哪里？" in questions(topics)
        assert all(entry.is_open for topic in topics for entry in topic.entries)

    assert topics_for(EVERYONE, words="补拍 图书馆") == ()


def test_search_looks_at_the_words_not_at_the_marks() -> None:
    assert questions(topics_for(EVERYONE, words="ui-link")) == []
    assert questions(topics_for(EVERYONE, words="{手机号可信天数}")) == []
    assert questions(topics_for(EVERYONE, words="90 天没用过")) == ["换了手机号，原来的号码不用了"]


def test_asked_question_is_open_and_no_other() -> None:
    topics = topics_for(EVERYONE, opened="why-phone")

    assert [entry.slug for topic in topics for entry in topic.entries if entry.is_open] == [
        "why-phone"
    ]


def test_preview_shows_a_draft_among_its_neighbours() -> None:
    article = make_article(topic="照片", question="草稿？", is_published=False)

    (topic,) = topics_with(article)

    assert (topic.title, len(topic.entries)) == ("照片", 2)
    assert [entry.question for entry in topic.entries if entry.is_open] == ["草稿？"]


def test_second_reading_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    topics = topics_for(EVERYONE)

    with django_assert_num_queries(0):
        assert topics_for(EVERYONE) == topics


def test_what_was_written_is_read_at_once(
    li: User, now: datetime, django_capture_on_commit_callbacks: Committed
) -> None:
    article = make_article()
    assert "补拍在哪里？" in questions(topics_for(EVERYONE))

    with django_capture_on_commit_callbacks(execute=True):
        revise(article, li, now, question="补拍在几楼？")

    assert "补拍在几楼？" in questions(topics_for(EVERYONE))


def test_rows_read_before_a_writing_are_not_kept_after_it(
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Committed,
) -> None:
    article = make_article()
    cache.clear()
    read = reading._fresh

    def overtaken() -> Any:
        rows = read()
        with django_capture_on_commit_callbacks(execute=True):
            revise(article, li, now, question="补拍在几楼？")
        return rows

    monkeypatch.setattr(reading, "_KEPT", Kept(name="help", fresh=overtaken))
    assert "补拍在哪里？" in questions(topics_for(EVERYONE))
    monkeypatch.setattr(reading, "_KEPT", Kept(name="help", fresh=read))

    assert "补拍在几楼？" in questions(topics_for(EVERYONE))


@pytest.mark.usefixtures("db")
def test_help_is_there_while_the_cache_is_away(settings: Any) -> None:
    away = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
    }

    with override_settings(CACHES={**settings.CACHES, "default": away}):
        assert "这是学信网吗？" in questions(topics_for(EVERYONE))
        reading.forget()


def test_every_place_is_filled_and_every_page_has_an_address() -> None:
    assert set(values()) == set(PLACES)
    assert all(values().values())
    assert all(url.startswith("/") for url in page_addresses().values())


def test_school_is_called_by_its_name() -> None:
    assert values()["学校"] == "学校"

    school = make_school()

    assert values()["学校"] == school.name
