"""Admin pages that only look: the base of everything at the desk."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.timezone import localtime

from common import audit
from common.actors import Actor
from common.admin.panels import Panel
from common.admin.searches import SearchKeeper
from common.models import AuditEvent

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

__all__ = [
    "AUDIT_LABELS",
    "DETAIL_LABELS",
    "DETAIL_VALUES",
    "BoundedPaginator",
    "ReadonlyAdmin",
    "actor_of",
    "audit_panel",
]

# What the audit trail's actions and the keys of its details are called; filled in by the site.
AUDIT_LABELS: dict[str, str] = {}
DETAIL_LABELS: dict[str, str] = {}
# Detail key → stored value → its name.
DETAIL_VALUES: dict[str, dict[str, str]] = {}
_HISTORY = 100
# Somebody who works on a page loads it again and again; the ledger says it once.
_SAME_LOOK = timedelta(minutes=10)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+[+-]\d\d:\d\d$")


class BoundedPaginator(_Paginator):
    """Counts only as far as anybody pages, so that a large table is never counted whole."""

    limit = 10_000

    @cached_property
    def counted(self) -> int:
        """Rows counted, one more than the limit when there are more."""
        rows = cast("models.QuerySet[Any]", self.object_list)
        return rows.order_by()[: self.limit + 1].count()

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return min(self.counted, self.limit)

    @property
    def is_cut(self) -> bool:
        """Whether there are rows beyond the limit."""
        return self.counted > self.limit


def actor_of(request: HttpRequest) -> Actor:
    """The person at the desk, as an actor for services."""
    return cast("Actor", request.user)


def audit_panel(events: Iterable[AuditEvent], *, title: str = "审计记录") -> Panel:
    """Audit events as a table."""
    return Panel.of(
        title,
        ("时间", "动作", "操作人", "理由", "详情"),
        (
            (
                localtime(event.occurred_at).strftime("%Y-%m-%d %H:%M:%S"),
                AUDIT_LABELS.get(event.action, event.action),
                event.actor_label,
                event.reason,
                details_text(event.details),
            )
            for event in events
        ),
        empty="还没有记录",
    )


def details_text(details: dict[str, Any]) -> str:
    """The details of an event in one line."""
    return "；".join(
        f"{DETAIL_LABELS.get(key, key)}：{_plain(value, key)}"
        for key, value in details.items()
        if value not in ("", None, [], {})
    )


def _plain(value: Any, key: str = "") -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(
            f"{DETAIL_LABELS.get(key, key)} {_plain(item, key)}" for key, item in value.items()
        )
    if isinstance(value, list):
        return "、".join(_plain(item, key) for item in value)
    text = DETAIL_VALUES.get(key, {}).get(str(value), str(value))
    if _MOMENT.match(text):
        return localtime(datetime.fromisoformat(text)).strftime("%Y-%m-%d %H:%M")
    return text


class ReadonlyAdmin(SearchKeeper):
    """Rows can be listed and looked at; nothing is added, changed or deleted here."""

    change_form_template = "admin/desk_change_form.html"
    change_list_template = "admin/desk_change_list.html"
    object_history_template = "admin/desk_history.html"
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    empty_value_display = "–"
    actions: Sequence[str] | None = None
    # The audit action of opening one row's page; empty where the page shows nothing of a person.
    viewed_action = ""

    class Media:
        css = {"all": ("css/desk.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: rows come from services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: what may be done stands in buttons."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only by the filters beside the list: Django lets an address ask any column.

        `?email__startswith=a` would read a masked value letter by letter, and leave no trace.
        """
        if not super().lookup_allowed(lookup, value, request):
            return False
        name = lookup.partition("__")[0]
        if name not in {field.name for field in self.opts.get_fields()}:
            return True  # the parameter of a filter of our own
        if lookup == f"{name}__id__exact":
            return True  # the rows of one parent, as the links of the desk ask
        paths = [
            entry[0] if isinstance(entry, tuple | list) else entry
            for entry in self.get_list_filter(request)
        ]
        return any(
            # A filter of our own may be called like a column; it asks what it wants to.
            lookup == getattr(path, "parameter_name", None)
            or (isinstance(path, str) and f"{lookup}__".startswith(f"{path}__"))
            for path in paths
        )

    def may_act(self, request: HttpRequest) -> bool:
        """Whether this person may do things, not only look."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def panels(self, request: HttpRequest, obj: Any) -> Sequence[Panel]:
        """Tables shown under the fields of one row."""
        return ()

    def subject_of(self, obj: Any) -> models.Model | None:
        """The student record that the page is about, for the owner's access ledger."""
        return None

    def note_look(self, request: HttpRequest, obj: Any) -> None:
        """Write down that this person opened the page; once in ten minutes."""
        now, viewer = timezone.now(), actor_of(request)
        before = AuditEvent.objects.filter(
            actor_id=viewer.actor_id,
            occurred_at__gt=now - _SAME_LOOK,
            action=self.viewed_action,
            object_id=str(obj.pk),
        )
        if not before.exists():
            audit.record(
                self.viewed_action, actor=viewer, now=now, obj=obj, subject=self.subject_of(obj)
            )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the panels to the stock page."""
        obj = kwargs.get("obj")
        # One row at a time: what is saved is looked at next, not followed by an empty form.
        context["show_save_and_add_another"] = False
        if obj is not None:
            if self.viewed_action and request.method == "GET":
                self.note_look(request, obj)
            context["title"] = f"{self.opts.verbose_name}：{obj}"
            context["subtitle"] = None
            context["panels"] = self.panels(request, obj)
        else:
            context["title"] = f"新增{self.opts.verbose_name}"  # Django's has a gap in it
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audit trail of one row instead of Django's own log."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        events = AuditEvent.objects.filter(
            object_type=self.opts.label_lower, object_id=str(obj.pk)
        ).order_by("-pk")[:_HISTORY]
        context = {
            **self.admin_site.each_context(request),
            "title": f"审计记录：{obj}",
            "opts": self.opts,
            "object": obj,
            "panel": audit_panel(events),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template or "", context)
