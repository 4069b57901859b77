"""What was done, sent, kept and looked at: read-only, over all apps."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin import AUDIT_LABELS, Phase, ReadonlyAdmin, moment, phase_filter, short
from common.admin.readonly import details_text
from common.models import AuditEvent, FileView, OutboxMessage, PurgeProof, StoredFile
from corrections.selectors.graduation_traces import without_sanction_events
from imaging.admin.review_guard import desk_user
from imaging.selectors.review_traces import (
    without_review_events,
    without_review_proofs,
    without_review_views,
)


class ActionFilter(admin.SimpleListFilter):
    """The kinds of events that the desk knows by name."""

    title = "动作"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All named actions."""
        return sorted(AUDIT_LABELS.items(), key=lambda item: item[1])

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[AuditEvent]"
    ) -> "QuerySet[AuditEvent]":
        """Events of the chosen action."""
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadonlyAdmin):
    """The audit trail."""

    list_display = (
        moment("occurred_at", "时间"),
        "action_text",
        "actor_label",
        "object_link",
        "subject_link",
        "reason_text",
        "details_shown",
    )
    list_filter = (
        ("occurred_at", admin.DateFieldListFilter),
        ActionFilter,
        phase_filter(
            "防篡改链",
            "chain",
            Phase("sealed", "已入链", lambda rows, _now: rows.exclude(digest="")),
            Phase("open", "还没入链", lambda rows, _now: rows.filter(digest="")),
        ),
    )
    search_fields = ("=object_id", "=subject_id", "^actor_label")
    search_help_text = "对象编号、学籍编号，或操作人（打码后的邮箱、手机号）的开头"
    ordering = ("-id",)
    fields = (
        "occurred_at",
        "action_text",
        "action",
        "actor_label",
        "object_link",
        "subject_link",
        "reason",
        "details_shown",
        "chain_no",
        "digest",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AuditEvent]":
        """Without what is confidential."""
        rows: QuerySet[AuditEvent] = super().get_queryset(request)
        viewer = desk_user(request)
        shown = without_review_events(rows, viewer=viewer)
        return without_sanction_events(shown, viewer=viewer)

    @admin.display(description="动作")
    def action_text(self, event: AuditEvent) -> str:
        """The action's name, or its code."""
        return AUDIT_LABELS.get(event.action, event.action)

    @admin.display(description="对象")
    def object_link(self, event: AuditEvent) -> SafeString | str:
        """The row concerned, while its kind has a page."""
        return _link(event.object_type, event.object_id)

    @admin.display(description="所涉学籍")
    def subject_link(self, event: AuditEvent) -> SafeString | str:
        """The record concerned."""
        return _link("enrollment.studentrecord", event.subject_id)

    @admin.display(description="理由")
    def reason_text(self, event: AuditEvent) -> str:
        """The beginning of the reason."""
        return short(event.reason) or "–"

    @admin.display(description="详情")
    def details_shown(self, event: AuditEvent) -> str:
        """The details in one line."""
        return short(details_text(event.details), 120) or "–"


def _link(label: str, pk: str) -> SafeString | str:
    if not label or not pk:
        return "–"
    try:
        url = reverse(f"admin:{label.replace('.', '_')}_change", args=[pk])
    except NoReverseMatch:
        return f"{label} {pk}"
    return format_html('<a href="{}">{}</a>', url, pk)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadonlyAdmin):
    """Messages: what waits, what went out, what did not; never to whom or what it said."""

    list_display = (
        "template",
        "channel",
        moment("created_at", "写入"),
        moment("due_at", "应发"),
        "attempts",
        moment("sent_at", "发出"),
        moment("given_up_at", "放弃"),
        "last_error",
    )
    list_filter = (
        phase_filter(
            "进度",
            "phase",
            Phase(
                "waiting", "待发", lambda rows, _now: rows.filter(sent_at=None, given_up_at=None)
            ),
            Phase("due", "到点未发", lambda rows, now: rows.due_at(now)),  # type: ignore[attr-defined]
            Phase("sent", "已发出", lambda rows, _now: rows.filter(sent_at__isnull=False)),
            Phase(
                "given_up", "发不出去", lambda rows, _now: rows.filter(given_up_at__isnull=False)
            ),
        ),
        "channel",
    )
    ordering = ("-id",)
    fields = (
        "template",
        "channel",
        "created_at",
        "due_at",
        "expires_at",
        "attempts",
        "last_error",
        "sent_at",
        "given_up_at",
        "read_at",
    )


@admin.register(StoredFile)
class StoredFileAdmin(ReadonlyAdmin):
    """Kept files by their kind and digest; never their content."""

    list_display = (
        "kind",
        "content_type",
        "size",
        "encrypted",
        moment("created_at", "存入"),
        "created_by",
        moment("retain_until", "保留至"),
        moment("purged_at", "销毁"),
    )
    list_filter = ("kind", "encrypted")
    search_fields = ("=sha256",)
    search_help_text = "文件的 SHA-256 摘要"
    ordering = ("-id",)
    fields = (
        "kind",
        "content_type",
        "size",
        "sha256",
        "encrypted",
        "created_at",
        "created_by",
        "retain_until",
        "purged_at",
    )


@admin.register(FileView)
class FileViewAdmin(ReadonlyAdmin):
    """Who opened whose file, when and why."""

    list_display = (
        moment("viewed_at", "时间"),
        "viewer_label",
        "purpose",
        "file_kind",
        "subject_link",
    )
    list_filter = (("viewed_at", admin.DateFieldListFilter), "purpose")
    list_select_related = ("file",)
    search_fields = ("=subject_id", "=viewer_id")
    search_help_text = "学籍编号或查看人编号"
    ordering = ("-id",)
    fields = ("viewed_at", "viewer_label", "purpose", "file_kind", "subject_link")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[FileView]":
        """Without what is confidential."""
        rows: QuerySet[FileView] = super().get_queryset(request)
        return without_review_views(rows, viewer=desk_user(request))

    @admin.display(description="文件")
    def file_kind(self, view: FileView) -> str:
        """What kind of file it was."""
        return view.file.kind

    @admin.display(description="所涉学籍")
    def subject_link(self, view: FileView) -> SafeString | str:
        """The record concerned."""
        return _link("enrollment.studentrecord", view.subject_id)


@admin.register(PurgeProof)
class PurgeProofAdmin(ReadonlyAdmin):
    """What was erased, when and by which rule."""

    list_display = (
        moment("erased_at", "销毁"),
        "kind",
        "amount",
        "rule",
        moment("due_at", "应销毁"),
        "digest_begins",
        "subject_link",
    )
    list_filter = (("erased_at", admin.DateFieldListFilter), "kind")
    search_fields = ("=sha256", "=subject_id", "=object_id")
    search_help_text = "内容的 SHA-256 摘要、学籍编号或对象编号"
    ordering = ("-id",)
    fields = (
        "erased_at",
        "erased_by",
        "kind",
        "amount",
        "rule",
        "due_at",
        "object_type",
        "object_id",
        "sha256",
        "subject_link",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PurgeProof]":
        """Without what is confidential."""
        rows: QuerySet[PurgeProof] = super().get_queryset(request)
        return without_review_proofs(rows, viewer=desk_user(request))

    @admin.display(description="内容摘要")
    def digest_begins(self, proof: PurgeProof) -> str:
        """The beginning of the digest."""
        return short(proof.sha256, 16) or "–"

    @admin.display(description="所涉学籍")
    def subject_link(self, proof: PurgeProof) -> SafeString | str:
        """The record concerned."""
        return _link("enrollment.studentrecord", proof.subject_id)
