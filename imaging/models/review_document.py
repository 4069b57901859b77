"""The documents of a case file: sealed, re-encoded, and seen only through a view that writes it down."""

from django.db import models
from django.db.models import Q

from common.models import StoredFile
from imaging.models.identity_review import IdentityReview
from imaging.models.review_rules import ReviewDocumentRule


class ReviewDocument(models.Model):
    """One file of one line of the checklist; a removed one stays, and counts for nothing."""

    review = models.ForeignKey(
        IdentityReview, verbose_name="身份复核", on_delete=models.PROTECT, related_name="documents"
    )
    rule = models.ForeignKey(
        ReviewDocumentRule, verbose_name="材料", on_delete=models.PROTECT, related_name="files"
    )
    file = models.OneToOneField(
        StoredFile, verbose_name="文件", on_delete=models.PROTECT, related_name="review_document"
    )
    added_at = models.DateTimeField("上传时间")
    added_by = models.CharField("上传人", max_length=100)
    removed_at = models.DateTimeField("撤下时间", null=True)
    removed_by = models.CharField("撤下人", max_length=100, blank=True)
    removed_reason = models.CharField("撤下理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "复核材料文件"
        verbose_name_plural = "复核材料文件"
        constraints = [
            models.CheckConstraint(
                name="imaging_reviewdocument_removed_whole",
                condition=Q(removed_at=None, removed_by="", removed_reason="")
                | Q(removed_at__isnull=False) & ~Q(removed_by="") & ~Q(removed_reason=""),
                violation_error_message="撤下要同时有时间、操作人和理由",
            ),
        ]

    def __str__(self) -> str:
        return f"复核材料文件 {self.pk}"
