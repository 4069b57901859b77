"""The desk of the help: preview as readers see it, history, an old version back, two editors at once."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent, HelpArticle, HelpVersion
from tests.factories.help import CONTENT, make_article
from tests.factories.people import make_staff

pytestmark = [pytest.mark.page, pytest.mark.django_db]

LIST = "/admin/common/helparticle/"


@pytest.fixture
def article(db: None) -> HelpArticle:
    """A question of the help."""
    return make_article()


@pytest.fixture
def desk(client_of: Callable[[User], Client], li: User) -> Client:
    """The registrar's client."""
    return client_of(li)


def filled(**changes: Any) -> dict[str, Any]:
    """The form as the browser sends it."""
    return {
        "topic": "照片",
        "new_topic": CONTENT.topic,
        "question": CONTENT.question,
        "answer": CONTENT.answer,
        "audience": CONTENT.audience.value,
        "position": CONTENT.position,
        "is_published": "on",
        "note": "",
        "seen": 1,
    } | changes


def address(article: HelpArticle, deed: str = "change") -> str:
    return f"{LIST}{article.pk}/do/{deed}/"


def text(response: Any) -> str:
    assert response.status_code == 200
    page: str = response.content.decode()
    return page


def hidden(page: str) -> dict[str, str]:
    """What the preview carries to the saving."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def folds(page: str) -> str:
    """The folded questions of a page, as they are drawn."""
    return "".join(re.findall(r"<details class=\"ui-fold\".*?</details>", page, re.DOTALL))


def test_preview_is_what_readers_see_and_saves_nothing(
    desk: Client, client: Client, article: HelpArticle
) -> None:
    answer = "在{学校}一楼。\n- 先看[照片自检]\n- **带证件**"

    preview = text(desk.post(address(article), filled(answer=answer)))

    article.refresh_from_db()
    assert (article.version_no, article.answer) == (1, CONTENT.answer)
    assert not AuditEvent.objects.filter(action="help.changed").exists()

    saved = desk.post(address(article), hidden(preview) | {"_confirmed": "1"}, follow=True)
    assert "已存为第 2 版，读者现在看到的就是它" in text(saved)
    read = text(client.get(f"/help/?open={article.slug}"))
    shown = folds(preview)
    assert '<a class="ui-link" href="/self-check/">照片自检</a>' in shown
    assert shown in folds(read)


def test_back_from_the_preview_everything_typed_is_there(
    desk: Client, article: HelpArticle
) -> None:
    typed = filled(answer="第一行\n第二行", question="新的问法？", note="常问")
    preview = text(desk.post(address(article), typed))

    form = text(desk.post(address(article), hidden(preview) | {"_again": "1"}))

    assert re.search(r"<textarea[^>]*>\s*第一行\s+第二行</textarea>", form)
    assert 'value="新的问法？"' in form
    assert 'value="常问"' in form
    assert "checked" in form


def test_unknown_variable_is_refused_beside_its_field(desk: Client, article: HelpArticle) -> None:
    page = text(desk.post(address(article), filled(answer="到{地点}来")))

    assert "没有“{地点}”这个变量" in page
    assert "{经办科室}" in page
    assert "到{地点}来</textarea>" in page


def test_second_editor_sees_both_texts_and_may_save_then(
    desk: Client, client_of: Callable[[User], Client], article: HelpArticle
) -> None:
    other = client_of(make_staff(Role.REGISTRAR, "wang@example.test"))
    theirs = filled(answer="别人写的。") | {"_confirmed": "1"}
    assert other.post(address(article), theirs).status_code == 302

    page = text(desk.post(address(article), filled(answer="我写的。") | {"_confirmed": "1"}))

    assert "别人刚改过这个问题" in page
    assert "别人写的。" in page
    assert "我写的。</textarea>" in page
    assert CONTENT.answer.partition("[")[0] in page
    article.refresh_from_db()
    assert (article.answer, article.version_no) == ("别人写的。", 2)

    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    assert seen[1] == "2"
    merged = filled(answer="别人写的。我写的。", seen=seen[1]) | {"_confirmed": "1"}
    desk.post(address(article), merged)
    assert HelpArticle.objects.get(pk=article.pk).answer == "别人写的。我写的。"
    assert HelpVersion.objects.filter(article=article).count() == 3


def test_preview_already_tells_of_another_editor(desk: Client, article: HelpArticle) -> None:
    desk.post(address(article), filled(answer="先存的。") | {"_confirmed": "1"})

    page = text(desk.post(address(article), filled(answer="后写的。")))

    assert "两边的文字" in page
    assert "先存的。" in page


def test_old_version_is_put_back_after_a_preview(
    desk: Client, client: Client, article: HelpArticle
) -> None:
    desk.post(address(article), filled(answer="错的。") | {"_confirmed": "1"})
    shown = text(desk.get(f"{LIST}{article.pk}/change/"))
    assert f"{address(article, 'restore')}?number=1" in shown

    page = text(desk.get(f"{address(article, 'restore')}?number=1"))
    assert re.search(r'<option value="1" selected>第 1 版', page)
    preview = text(desk.post(address(article, "restore"), {"number": 1, "seen": 2, "note": "写错"}))
    assert "用回这一版" in preview
    assert "照相馆" in folds(preview)
    assert HelpArticle.objects.get(pk=article.pk).answer == "错的。"

    desk.post(address(article, "restore"), hidden(preview) | {"_confirmed": "1"})
    assert "照相馆" in text(client.get("/help/"))
    history = text(desk.get(f"{LIST}{article.pk}/change/"))
    assert "用回第 1 版" in history
    assert "写错" in history


def test_nothing_to_put_back_is_not_offered(desk: Client, article: HelpArticle) -> None:
    assert "用回旧版" not in text(desk.get(f"{LIST}{article.pk}/change/"))
    assert desk.get(address(article, "restore")).status_code == 302


def test_new_question_is_written_previewed_and_read(desk: Client, client: Client) -> None:
    form = text(desk.get(f"{LIST}add/"))
    assert 'name="position" value="140"' in form
    preview = text(desk.post(f"{LIST}add/", filled()))
    assert not HelpArticle.objects.filter(question=CONTENT.question).exists()

    saved = desk.post(f"{LIST}add/", hidden(preview) | {"_confirmed": "1"}, follow=True)

    assert "已新增问题" in text(saved)
    article = HelpArticle.objects.get(question=CONTENT.question)
    assert f'id="{article.slug}"' in text(client.get("/help/"))
    assert f"/help/?open={article.slug}#{article.slug}" in text(saved)


def test_draft_is_previewed_as_one(desk: Client, client: Client) -> None:
    typed = filled()
    del typed["is_published"]
    preview = text(desk.post(f"{LIST}add/", typed))
    assert "只有教务处在工作台看得到" in preview
    assert "存为草稿" in preview
    assert CONTENT.question in folds(preview)

    desk.post(f"{LIST}add/", hidden(preview) | {"_confirmed": "1"})

    assert HelpArticle.objects.get(question=CONTENT.question).is_published is False
    assert CONTENT.question not in text(client.get("/help/"))


def test_question_without_a_topic_is_refused(desk: Client) -> None:
    page = text(desk.post(f"{LIST}add/", filled(topic="", new_topic="")))

    assert "选一个分组，或者填一个新的" in page


def test_auditor_reads_the_history_and_changes_nothing(
    auditor: User, client_of: Callable[[User], Client], article: HelpArticle
) -> None:
    client = client_of(auditor)
    page = text(client.get(f"{LIST}{article.pk}/change/"))

    assert "现在这一版" in page
    assert "/do/" not in page
    assert client.post(address(article), filled()).status_code == 403
    assert client.post(f"{LIST}add/", filled()).status_code == 403
    assert HelpVersion.objects.filter(article=article).count() == 1


@pytest.mark.parametrize("person", ["alice", "chen", "leader", "eve"])
def test_nobody_else_finds_the_desk(
    person: str,
    request: pytest.FixtureRequest,
    client_of: Callable[[User], Client],
    article: HelpArticle,
) -> None:
    client = client_of(request.getfixturevalue(person))

    assert client.get(LIST).status_code == 404
    assert client.post(address(article), filled() | {"_confirmed": "1"}).status_code == 404


def test_version_shows_how_it_looked(desk: Client, article: HelpArticle) -> None:
    version = article.versions.get()

    page = text(desk.get(f"/admin/common/helpversion/{version.pk}/change/"))

    assert '<a class="ui-link" href="/self-check/">照片自检</a>' in page
    assert "{学校}" in page
