"""What every app needs and none of them owns: audit, outbox, stored files, the office's help."""

from datetime import datetime
from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import EncryptedJSONField, EncryptedTextField


class AuditEvent(models.Model):
    """One thing that somebody did; append-only, without foreign keys, so that it outlives its objects."""

    occurred_at = models.DateTimeField("时间")
    actor_id = models.CharField("操作人编号", max_length=40, blank=True)
    actor_label = models.CharField("操作人", max_length=100)
    action = models.CharField("动作", max_length=80)
    object_type = models.CharField("对象类型", max_length=80, blank=True)
    object_id = models.CharField("对象编号", max_length=80, blank=True)
    subject_id = models.CharField("所涉学籍", max_length=40, blank=True)
    reason = models.TextField("理由", blank=True)
    details = models.JSONField("详情", default=dict)
    chain_no = models.BigIntegerField("链序号", null=True, unique=True)
    digest = models.CharField("链摘要", max_length=64, blank=True)

    class Meta:
        verbose_name = "审计事件"
        verbose_name_plural = "审计事件"
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="common_audit_object"),
            models.Index(fields=["subject_id", "occurred_at"], name="common_audit_subject"),
            models.Index(fields=["actor_id", "occurred_at"], name="common_audit_actor"),
            models.Index(fields=["id"], name="common_audit_unsealed", condition=Q(digest="")),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action} {self.object_type} {self.object_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only: an event that was written is never changed."""
        if not self._state.adding:
            message = "audit events are append-only"
            raise TypeError(message)
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Never."""
        message = "audit events are append-only"
        raise TypeError(message)


class Channel(models.TextChoices):
    """How a message reaches a person."""

    EMAIL = "EMAIL", "邮件"
    SMS = "SMS", "短信"
    NOTICE = "NOTICE", "站内消息"


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """Phases of a message as filters."""

    def due_at(self, now: datetime) -> Self:
        """Not sent, not given up, and its time has come."""
        return self.filter(sent_at=None, given_up_at=None, due_at__lte=now)


class OutboxMessage(models.Model):
    """A message to one person: a row first, a mail or SMS second.

    Rendered at delivery from `template` and parameters. Secret parameters (links, codes) and the
    recipient are encrypted and erased after sending or giving up.
    """

    key = models.CharField("幂等键", max_length=160, unique=True)
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    template = models.CharField("模板", max_length=80)
    params = models.JSONField("参数", default=dict)
    secret_params = EncryptedJSONField("保密参数", null=True)
    recipient = EncryptedTextField("收件人", null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        null=True,
        on_delete=models.SET_NULL,
        related_name="messages",
    )
    created_at = models.DateTimeField("写入时间")
    due_at = models.DateTimeField("应发时间")
    expires_at = models.DateTimeField("过期时间", null=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    last_error = models.CharField("最近错误", max_length=200, blank=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    given_up_at = models.DateTimeField("放弃时间", null=True)
    read_at = models.DateTimeField("已读时间", null=True)
    # About a rehearsal: it never leaves the system, whatever its channel was meant to be.
    is_rehearsal = models.BooleanField("演练", default=False, db_default=False)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "待发消息"
        verbose_name_plural = "待发消息"
        indexes = [
            models.Index(
                fields=["due_at"],
                name="common_outbox_due",
                condition=Q(sent_at=None, given_up_at=None),
            ),
            models.Index(fields=["user", "-id"], name="common_outbox_user"),
        ]
        constraints = [
            models.CheckConstraint(
                name="common_outbox_channel", condition=Q(channel__in=Channel.values)
            ),
            models.CheckConstraint(
                name="common_outbox_one_end",
                condition=Q(sent_at=None) | Q(given_up_at=None),
                violation_error_message="一条消息不能既已发出又已放弃",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.channel} {self.template}"


class StoredFile(models.Model):
    """Bytes in the private storage under a random key; the original name stays here, encrypted."""

    key = models.CharField("存储键", max_length=80, unique=True)
    kind = models.CharField("用途", max_length=40)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64, db_index=True)
    original_name = EncryptedTextField("原文件名", null=True)
    encrypted = models.BooleanField("内容加密", default=False)
    created_at = models.DateTimeField("存入时间")
    created_by = models.CharField("存入人", max_length=100, blank=True)
    retain_until = models.DateTimeField("保留至", null=True)
    purged_at = models.DateTimeField("销毁时间", null=True)

    class Meta:
        verbose_name = "文件"
        verbose_name_plural = "文件"
        indexes = [
            # What should be sealed and is not is looked for again and again, and hardly ever there.
            models.Index(
                fields=["kind"],
                name="common_file_in_clear",
                condition=Q(encrypted=False, purged_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class FileView(models.Model):
    """Somebody other than its owner opened a stored file: who, when, why."""

    file = models.ForeignKey(
        StoredFile, verbose_name="文件", on_delete=models.CASCADE, related_name="views"
    )
    viewer_id = models.CharField("查看人编号", max_length=40)
    viewer_label = models.CharField("查看人", max_length=100)
    subject_id = models.CharField("所涉学籍", max_length=40, blank=True)
    purpose = models.CharField("用途", max_length=200)
    viewed_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "文件查看记录"
        verbose_name_plural = "文件查看记录"
        indexes = [models.Index(fields=["subject_id", "viewed_at"], name="common_fileview_subject")]

    def __str__(self) -> str:
        return f"{self.pk} {self.viewer_label} {self.viewed_at:%F %T}"


class SpecialDay(models.Model):
    """A day on which the office works, or does not, whatever the calendar of holidays says."""

    on_date = models.DateField("日期", unique=True, error_messages={"unique": "这一天已经登记过"})
    is_workday = models.BooleanField("上班", default=False)
    note = models.CharField("说明", max_length=100, blank=True)

    class Meta:
        verbose_name = "特殊日"
        verbose_name_plural = "节假日调整"

    def __str__(self) -> str:
        return f"{self.on_date} {'上班' if self.is_workday else '放假'}"


class PurgeProof(models.Model):
    """That something was erased: what, its digest, when it was due, when it went, by which rule.

    Without foreign keys, like the audit trail, so that it outlives what it speaks of.
    """

    kind = models.CharField("内容", max_length=40)
    object_type = models.CharField("对象类型", max_length=80)
    object_id = models.CharField("对象编号", max_length=80)
    # How many rows of a batch; 1 for a file.
    amount = models.PositiveIntegerField("数量", default=1)
    # Of the clear content; empty where a digest could be guessed back to the content.
    sha256 = models.CharField("内容摘要", max_length=64, blank=True)
    storage_key = models.CharField("存储键", max_length=80, blank=True)
    rule = models.CharField("依据", max_length=100)
    due_at = models.DateTimeField("应销毁时间")
    erased_at = models.DateTimeField("销毁时间")
    erased_by = models.CharField("销毁人", max_length=100)
    subject_id = models.CharField("所涉学籍", max_length=40, blank=True)
    owner_id = models.CharField("所涉账号", max_length=40, blank=True)

    class Meta:
        verbose_name = "销毁证明"
        verbose_name_plural = "销毁证明"
        indexes = [
            models.Index(fields=["subject_id", "erased_at"], name="common_purge_subject"),
            models.Index(fields=["owner_id", "erased_at"], name="common_purge_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class HelpAudience(models.TextChoices):
    """For whom a question of the help is answered."""

    EVERYONE = "EVERYONE", "所有人"
    STUDENTS = "STUDENTS", "学生"
    CLASSES = "CLASSES", "班长、辅导员和学院"
    OFFICE = "OFFICE", "教务处"


class HelpText(models.Model):
    """What the office writes about one question: the article as it stands, and every version of it."""

    topic = models.CharField("分组", max_length=20)
    question = models.CharField("问题", max_length=60)
    answer = models.TextField("回答", max_length=3000)
    audience = models.CharField(
        "给谁看", max_length=10, choices=HelpAudience.choices, default=HelpAudience.EVERYONE
    )
    position = models.PositiveSmallIntegerField("次序")
    is_published = models.BooleanField("已发布", default=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_audience",
                condition=Q(audience__in=HelpAudience.values),
            ),
        ]


class HelpArticle(HelpText):
    """A question of the help with its answer; `slug` is its anchor and never changes."""

    slug = models.SlugField("网址锚点", max_length=40, unique=True)
    # Compare-and-swap: whoever saves names the version that was read.
    version_no = models.PositiveIntegerField("第几版", default=1)
    created_at = models.DateTimeField("写下时间")
    changed_at = models.DateTimeField("最近修改")
    changed_by = models.CharField("修改人", max_length=100)

    class Meta(HelpText.Meta):
        verbose_name = "帮助问题"
        verbose_name_plural = "帮助问题"
        indexes = [models.Index(fields=["position", "id"], name="common_help_order")]

    def __str__(self) -> str:
        return self.question


class HelpVersion(HelpText):
    """How an article read from one saving to the next; append-only."""

    article = models.ForeignKey(
        HelpArticle, verbose_name="帮助问题", on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField("第几版")
    # The version whose words were put back, when it was that.
    restored_no = models.PositiveIntegerField("取自第几版", null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    written_at = models.DateTimeField("写下时间")
    written_by = models.CharField("写的人", max_length=100)

    class Meta(HelpText.Meta):
        verbose_name = "帮助历史"
        verbose_name_plural = "帮助历史"
        constraints = [
            *HelpText.Meta.constraints,
            models.UniqueConstraint(
                fields=["article", "number"],
                name="common_help_version_number",
                violation_error_message="这一版已经有了",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}（第 {self.number} 版）"
