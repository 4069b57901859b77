"""Words of messages that the office has made its own; what it has not is the code's."""

from django.db import models
from django.db.models import Q


class MessageWords(models.Model):
    """The words of one message as it stands, and of every version of it."""

    # The code's own words hold; the fields beside are empty then.
    is_default = models.BooleanField("用系统的文字", default=True)
    subject = models.CharField("标题", max_length=60, blank=True)
    body = models.TextField("正文", max_length=1000, blank=True)
    # Empty is the body.
    sms = models.CharField("短信", max_length=300, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_words",
                condition=Q(is_default=True, subject="", body="", sms="")
                | (Q(is_default=False) & ~Q(subject="") & ~Q(body="")),
                violation_error_message="自己写的文字要有标题和正文；用系统的文字时两样都空着",
            ),
        ]


class MessageText(MessageWords):
    """One message that the portal sends, by the name of its template; `key` never changes."""

    key = models.SlugField("模板", max_length=80, unique=True)
    label = models.CharField("哪一条", max_length=60)
    # Compare-and-swap: whoever saves names the version that was read. 0 until somebody writes.
    version_no = models.PositiveIntegerField("第几版", default=0)
    changed_at = models.DateTimeField("最近修改", null=True)
    changed_by = models.CharField("修改人", max_length=100, blank=True)

    class Meta(MessageWords.Meta):
        verbose_name = "消息文字"
        verbose_name_plural = "消息文字"

    def __str__(self) -> str:
        return self.label


class MessageTextVersion(MessageWords):
    """How a message read from one saving to the next; append-only."""

    text = models.ForeignKey(
        MessageText, verbose_name="消息文字", on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField("第几版")
    restored_no = models.PositiveIntegerField("取自第几版", null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    written_at = models.DateTimeField("写下时间")
    written_by = models.CharField("写的人", max_length=100)

    class Meta(MessageWords.Meta):
        verbose_name = "消息文字历史"
        verbose_name_plural = "消息文字历史"
        constraints = [
            *MessageWords.Meta.constraints,
            models.UniqueConstraint(
                fields=["text", "number"],
                name="common_message_version_number",
                violation_error_message="这一版已经有了",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text}（第 {self.number} 版）"
