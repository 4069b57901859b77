"""Questions of the help, written through the service."""

from dataclasses import replace
from typing import Any

from common.actors import SYSTEM
from common.models import HelpArticle, HelpAudience
from tests.factories.people import JOINED
from xuexin.help.articles import HelpContent, write_article

CONTENT = HelpContent(
    topic="拍照",
    question="补拍在哪里？",
    answer="在{学校}的照相馆，先看[照片自检]。",
    audience=HelpAudience.EVERYONE,
    position=500,
    is_published=True,
)


def make_article(**changes: Any) -> HelpArticle:
    """A question that the office has written."""
    return write_article(content=replace(CONTENT, **changes), actor=SYSTEM, now=JOINED)
