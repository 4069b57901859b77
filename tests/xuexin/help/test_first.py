"""The first questions: there after every migrate, sound by our own rules, never over what the office wrote."""

from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from accounts.models import User
from common.markup import check_markup
from common.models import HelpArticle, HelpVersion
from common.placeholders import check_places
from tests.xuexin.help.test_articles import revise
from xuexin.help.first import FIRST, load_first_articles
from xuexin.help.words import PAGES, PLACES

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def test_new_installation_has_them_all() -> None:
    articles = HelpArticle.objects.order_by("position")

    assert [article.slug for article in articles] == [each.slug for each in FIRST]
    assert all(article.is_published for article in articles)
    assert {row.article_id for row in HelpVersion.objects.filter(number=1)} == {
        article.pk for article in articles
    }


@pytest.mark.parametrize("each", FIRST, ids=lambda each: each.slug)
def test_first_question_could_be_saved_at_the_desk(each: Any) -> None:
    check_places(each.question, known=PLACES)
    check_places(each.answer, known=PLACES)
    check_markup(each.answer, pages=PAGES)
    assert len(each.question) <= 60
    assert len(each.topic) <= 20


def test_loading_again_changes_nothing(li: User, now: datetime) -> None:
    article = HelpArticle.objects.get(slug="why-phone")
    revise(article, li, now, answer="我们自己的话。", is_published=False)

    load_first_articles(apps=apps)

    article.refresh_from_db()
    assert (article.answer, article.is_published) == ("我们自己的话。", False)
    assert HelpArticle.objects.count() == len(FIRST)
    assert HelpVersion.objects.count() == len(FIRST) + 1


def test_question_of_a_later_release_comes_in() -> None:
    HelpVersion.objects.filter(article__slug="who-sees").delete()
    HelpArticle.objects.filter(slug="who-sees").delete()

    load_first_articles(apps=apps)

    assert HelpArticle.objects.get(slug="who-sees").is_published


@pytest.mark.django_db(transaction=True)
def test_migrate_brings_them() -> None:
    HelpVersion.objects.all().delete()
    HelpArticle.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert HelpArticle.objects.count() == len(FIRST)
