"""Finding people at the desk by document number: through the blind index, on the record."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from accounts.identity import canonical_number, name_match_key
from accounts.models import IdentityNumber, document_index
from common import audit
from common.admin import ReadonlyAdmin, actor_of
from common.masking import MaskKind, mask

__all__ = ["DocumentFilter", "NumberSearch", "looks_like_number"]

_SHORTEST = 6
_LENGTHS = (15, 18)
_MOST_SUBJECTS = 10

if TYPE_CHECKING:
    _Base = ReadonlyAdmin
else:
    _Base = object


def looks_like_number(term: str) -> bool:
    """Whether the term has the shape of a resident's number; other documents are known by a hit."""
    canonical = canonical_number(term)
    return len(canonical) in _LENGTHS and canonical[:-1].isdigit()


class DocumentFilter(admin.SimpleListFilter):
    """Narrows to one document number, named by its index so that no address holds the number."""

    title = "证件号码"
    parameter_name = "document"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Only the number that was just searched."""
        value = request.GET.get(self.parameter_name)
        return [(value, "刚才查找的号码")] if value else []

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Rows that hold the number."""
        try:
            index = bytes.fromhex(self.value() or "")
        except ValueError:
            return queryset.none()
        if not index:
            return queryset
        path = NUMBER_PATHS[queryset.model._meta.label]  # noqa: SLF001 -- _meta is Django's open secret
        return queryset.filter(**{path: index})


# Where each searchable model keeps the index of its number, filled in by `NumberSearch`.
NUMBER_PATHS: dict[str, str] = {}


class NumberSearch(_Base):
    """A search box that finds a document number in any spelling, and text by exact indexed fields."""

    number_path = ""
    name_path = ""
    text_paths: tuple[str, ...] = ()
    search_help_text = (
        "证件号码（整个，写法不限）、学号开头、考生号，或姓名开头。按证件号码查找会记入审计。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        NUMBER_PATHS[self.model._meta.label] = self.number_path  # noqa: SLF001

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Something, so that Django shows the box; `get_search_results` decides."""
        return ("pk",)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """The filter that a found number leaves in the address."""
        return [DocumentFilter, *super().get_list_filter(request)]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The box posts: a number never stands in an address."""
        if request.method == "POST" and "_search" in request.POST:
            return self._searched(request)
        return super().changelist_view(request, {"search_method": "post", **(extra_context or {})})

    def _searched(self, request: HttpRequest) -> HttpResponseRedirect:
        term = request.POST.get("q", "").strip()
        kept = {
            name: value
            for name, value in request.POST.items()
            if name not in {"q", "_search", "csrfmiddlewaretoken"}
        }
        number = self._number_in(term)
        if number:
            self._audit(request, number)
            kept["document"] = document_index(number).hex()
        elif term:
            kept["q"] = term
        return HttpResponseRedirect(f"{request.path}?{urlencode(kept)}")

    def _number_in(self, term: str) -> str:
        """The canonical number when the term is one: by its shape, or because somebody has it."""
        number = canonical_number(term)
        if len(number) < _SHORTEST or not any(sign.isdigit() for sign in number):
            return ""
        if looks_like_number(term):
            return number
        rows = self.model._default_manager.filter(**{self.number_path: document_index(number)})  # noqa: SLF001
        return number if rows.exists() else ""

    def _audit(self, request: HttpRequest, number: str) -> None:
        """One event about the person who has the number, else about each record that is found.

        It stands in that person's access ledger (C-166), for a record as soon as it is bound.
        """
        index = document_index(number)
        held = IdentityNumber.objects.filter(number_index=index, superseded_at=None)
        holder = held.select_related("identity").first()
        found: dict[int, Model] = {}
        if holder is None:
            rows = self.model._default_manager.filter(**{self.number_path: index})  # noqa: SLF001 -- Django's public _default_manager
            subjects = [self.subject_of(row) for row in rows[:_MOST_SUBJECTS]]
            found = {subject.pk: subject for subject in subjects if subject is not None}
        now = timezone.now()
        audit.record_many(
            audit.event(
                "number.searched",
                actor=actor_of(request),
                now=now,
                obj=holder.identity if holder else None,
                subject=subject,
                details={
                    "号码": mask(number, MaskKind.DOCUMENT_NO),
                    "列表": str(self.opts.verbose_name),
                },
            )
            for subject in (found.values() or [None])
        )

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Exact number, or beginnings of text; a number that came in the address is audited too."""
        term = search_term.strip()
        if not term:
            return queryset, False
        number = self._number_in(term)
        if number:
            self._audit(request, number)
            return queryset.filter(**{self.number_path: document_index(number)}), False
        found = Q()
        for path in self.text_paths:
            found |= Q(**{path: term})
        if self.name_path:
            found |= Q(**{f"{self.name_path}__startswith": name_match_key(term)})
        return queryset.filter(found), False
