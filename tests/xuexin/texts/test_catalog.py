"""What the office may write is a message of the portal, and none that is security or law."""

from pathlib import Path

import pytest
from django.conf import settings

from common.models import Channel, MessageText
from common.outbox import default_words
from common.texts import CATALOG, Wording, check_words
from xuexin.texts.catalog import FIXED, WORDINGS
from xuexin.texts.first import load_message_texts
from xuexin.texts.writing import begin_with

pytestmark = pytest.mark.unit


def templates() -> set[str]:
    folder = Path(settings.BASE_DIR) / "templates" / "messages"
    return {path.stem for path in folder.glob("*.txt") if not path.stem.startswith("_")}


def test_catalogue_names_messages_of_the_portal_and_none_that_is_fixed() -> None:
    assert set(CATALOG) <= templates()
    assert [name for name in CATALOG if name.startswith(FIXED)] == []


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda each: each.key)
def test_code_words_can_be_saved_as_they_are_and_say_the_same(wording: Wording) -> None:
    words = begin_with(wording)

    check_words(wording, (words.subject, words.body, words.sms))

    values = wording.values(wording.samples())
    filled = words.body
    for name, value in values.items():
        filled = filled.replace(f"{{{name}}}", value)
    assert filled == default_words(wording.key, wording.samples(), Channel.NOTICE)[1]


@pytest.mark.django_db
def test_there_is_a_row_for_every_message_and_loading_again_adds_none() -> None:
    load_message_texts()

    assert set(MessageText.objects.values_list("key", flat=True)) == set(CATALOG)
    assert not MessageText.objects.exclude(is_default=True, version_no=0).exists()
