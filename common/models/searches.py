"""Searches of the desk's lists that somebody wants again."""

from django.conf import settings
from django.db import models

from common.fields import EncryptedTextField


class SavedSearch(models.Model):
    """Filters and search words of one list under a name; a word may be a person's, so it is encrypted."""

    listed = models.CharField("列表", max_length=80)
    name = models.CharField("名称", max_length=40)
    query = EncryptedTextField("条件")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="谁存的",
        on_delete=models.CASCADE,
        related_name="saved_searches",
    )
    is_shared = models.BooleanField("给全教务处用", default=False)
    created_at = models.DateTimeField("存入时间")

    class Meta:
        verbose_name = "常用搜索"
        verbose_name_plural = "常用搜索"
        constraints = [
            models.UniqueConstraint(
                name="common_search_name",
                fields=["owner", "listed", "name"],
                violation_error_message="你在这个列表里已经有一个叫这个名字的搜索",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.pk}）"
