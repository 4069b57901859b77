"""Reading the help: what stands on the page for whom, in its order, narrowed by words.

The page is read far more often than it is written, so its rows are kept.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.utils.safestring import SafeString

from common.kept import Kept
from common.markup import plain, render
from common.models import HelpArticle, HelpAudience
from common.placeholders import fill
from xuexin.help.words import page_addresses, values

__all__ = ["Entry", "Topic", "forget", "topics_for", "topics_with"]

_COLUMNS: Final = ("slug", "topic", "question", "answer", "audience")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One question as its reader sees it."""

    slug: str
    question: str
    answer: SafeString
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Questions under one heading."""

    title: str
    entries: tuple[Entry, ...]


Row = tuple[str, str, str, str, str]


def topics_for(
    audiences: Collection[HelpAudience], *, words: str = "", opened: str = ""
) -> tuple[Topic, ...]:
    """What is published for these readers; with `words`, only what has each of them, unfolded.

    `opened` is the slug of a question that is unfolded as well. From the cache when it is there.
    """
    rows, filled = _KEPT.get()
    return _topics(rows, filled, audiences=audiences, words=words, opened=opened)


def topics_with(article: HelpArticle) -> tuple[Topic, ...]:
    """The article unfolded under its heading among its neighbours, published or not: for a preview.

    Straight from the database, so that it can be asked inside of a transaction that is taken back.
    """
    neighbours = HelpArticle.objects.filter(topic=article.topic, is_published=True)
    shown = neighbours | HelpArticle.objects.filter(pk=article.pk)
    return _topics(_rows(shown), values(), audiences=tuple(HelpAudience), opened=article.slug)


def forget() -> None:
    """Let readers see what was just written."""
    _KEPT.forget()


def _fresh() -> tuple[list[Row], dict[str, str]]:
    return _rows(HelpArticle.objects.filter(is_published=True)), values()


# A change of a school's name, or one made past the services, shows after its life at the latest.
_KEPT: Final = Kept(name="help", fresh=_fresh)


def _rows(articles: Any) -> list[Row]:
    return list(articles.order_by("position", "pk").values_list(*_COLUMNS))


def _topics(
    rows: Iterable[Row],
    filled: dict[str, str],
    *,
    audiences: Collection[HelpAudience],
    words: str = "",
    opened: str = "",
) -> tuple[Topic, ...]:
    """Rows as topics; a heading stands where its first question stands."""
    wanted = words.casefold().split()
    readers = {str(audience) for audience in audiences}
    pages = page_addresses()
    first: dict[str, int] = {}
    found: list[tuple[int, str, Entry]] = []
    for slug, topic, asked, answer, audience in rows:
        question = fill(asked, filled)
        if audience not in readers or not _has(
            wanted, f"{question}\n{plain(answer, values=filled)}"
        ):
            continue
        entry = Entry(
            slug=slug,
            question=question,
            answer=render(answer, pages=pages, values=filled),
            is_open=bool(wanted) or slug == opened,
        )
        found.append((first.setdefault(topic, len(first)), topic, entry))
    found.sort(key=lambda each: each[0])
    return tuple(
        Topic(title=title, entries=tuple(entry for _place, _title, entry in group))
        for (_place, title), group in groupby(found, key=lambda each: each[:2])
    )


def _has(wanted: list[str], text: str) -> bool:
    folded = text.casefold()
    return all(word in folded for word in wanted)
