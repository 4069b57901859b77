"""Searches of a desk list under a name: kept for oneself or for the office, never with a document number."""

import re
import unicodedata
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from common.kept import Kept
from common.models import SavedSearch

__all__ = [
    "MOST",
    "forget_kept",
    "forget_search",
    "forget_searches_of",
    "kept_searches",
    "save_search",
    "searches_for",
]

MOST: Final = 20
_LONGEST: Final = 1_000
# Where a reader stands in a list is no condition; the other two are ours.
_NOT_CONDITIONS: Final = frozenset({"p", "all", "e", "_saved", "_popup", "_to_field"})
# A number found by its index stands in the address as that index.
_NUMBER_FILTERS: Final = frozenset({"document"})
_NUMBERS: Final = re.compile(
    # a resident's number of fifteen or eighteen signs, or a passport or permit
    r"\d{14,17}[\dX]|(?<![A-Z0-9])[A-Z]{1,2}\d{7,10}(?![A-Z0-9])"
)


def _fresh() -> list[tuple[int, str, str, int, bool]]:
    rows = SavedSearch.objects.order_by("name", "pk")
    return list(rows.values_list("pk", "listed", "name", "owner_id", "is_shared"))


_KEPT: Final = Kept(name="saved-searches", fresh=_fresh)


def kept_searches(listed: str, *, user_id: int) -> list[dict[str, Any]]:
    """Name and number of the searches of one list that this person may use; from the cache."""
    return [
        {"pk": pk, "name": name, "is_own": owner == user_id, "is_shared": is_shared}
        for pk, of, name, owner, is_shared in _KEPT.get()
        if of == listed and (is_shared or owner == user_id)
    ]


def forget_searches_of(*, user_id: int) -> int:
    """An account that ends takes its searches with it, the shared ones too: whose words they are."""
    gone = SavedSearch.objects.filter(owner_id=user_id).delete()[0]
    transaction.on_commit(_KEPT.forget)
    return gone


def forget_kept() -> None:
    """Let the lists see that searches were erased."""
    _KEPT.forget()


def searches_for(listed: str, *, user_id: int) -> QuerySet[SavedSearch]:
    """The searches of one list that this person may use."""
    return SavedSearch.objects.filter(Q(owner_id=user_id) | Q(is_shared=True), listed=listed)


@transaction.atomic
def save_search(
    *,
    listed: str,
    name: str,
    conditions: QueryDict,
    is_shared: bool,
    owner_id: int,
    actor: Actor,
    now: datetime,
) -> SavedSearch:
    """Keep these conditions of a list under a name."""
    name = " ".join(name.split())
    if not name:
        raise InvalidInputError("给这个搜索起个名字。", field="name")
    if len(name) > (longest := SavedSearch._meta.get_field("name").max_length or 0):  # noqa: SLF001 -- Django's public _meta
        raise InvalidInputError(f"名字最多 {longest} 个字。", field="name")
    query = _checked(conditions)
    if _NUMBERS.search(_folded(name)):
        raise _numbered()
    if SavedSearch.objects.filter(owner_id=owner_id, listed=listed).count() >= MOST:
        raise InvalidInputError(f"每个列表最多存 {MOST} 个搜索，先删掉不用的。", field="name")
    search = SavedSearch(
        listed=listed,
        name=name,
        query=query,
        owner_id=owner_id,
        is_shared=is_shared,
        created_at=now,
    )
    try:
        with transaction.atomic():
            search.save(force_insert=True)
    except IntegrityError:
        message = "你在这个列表里已经有一个叫这个名字的搜索。"
        raise InvalidInputError(message, field="name") from None
    audit.record(
        "search.saved",
        actor=actor,
        now=now,
        obj=search,
        details={"listed": listed, "is_shared": is_shared},
    )
    transaction.on_commit(_KEPT.forget)
    return search


@transaction.atomic
def forget_search(*, search: SavedSearch, owner_id: int, actor: Actor, now: datetime) -> None:
    """Delete one's own search; another's shared one stays."""
    deleted, _rows = SavedSearch.objects.filter(pk=search.pk, owner_id=owner_id).delete()
    if deleted != 1:
        raise StaleStateError("这个搜索不是你存的，或者刚刚删掉了。")
    audit.record(
        "search.dropped", actor=actor, now=now, obj=search, details={"listed": search.listed}
    )
    transaction.on_commit(_KEPT.forget)


def _checked(conditions: QueryDict) -> str:
    kept = conditions.copy()
    for name in _NOT_CONDITIONS:
        kept.pop(name, None)
    if not any(value for values in kept.lists() for value in values[1]):
        raise InvalidInputError("先筛选或搜索，再存。", field="name")
    for name, values in kept.lists():
        if name in _NUMBER_FILTERS or any(_NUMBERS.search(_folded(str(each))) for each in values):
            raise _numbered()
    query = kept.urlencode()
    if len(query) > _LONGEST:
        raise InvalidInputError("条件太长，存不下。", field="name")
    return query


def _folded(text: str) -> str:
    """In one spelling: half width, capital, without what people put between the signs of a number."""
    return re.sub(r"[\s\-._·]", "", unicodedata.normalize("NFKC", text)).upper()


def _numbered() -> InvalidInputError:
    return InvalidInputError("搜索里有证件号码，不能存。去掉号码再存。", field="name")
