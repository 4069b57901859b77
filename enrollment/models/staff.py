"""People the school lists: rows of a delivered list, and invitations to those without an account."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField, blind_index_field
from common.masking import MaskKind, mask
from common.models import Channel
from enrollment.models.organisation import ClassGroup, College
from enrollment.models.record import StudentRecord
from enrollment.states import ImportState, InvitationState, ListedOutcome, ListedRole


class PeopleList(models.Model):
    """任职名单: a file of people and what they are, looked at before it does anything."""

    file_name = models.CharField("文件名", max_length=255)
    state = models.CharField("状态", max_length=12, choices=ImportState.choices)
    created_at = models.DateTimeField("上传时间")
    created_by = models.CharField("上传人", max_length=100)
    applied_at = models.DateTimeField("执行时间", null=True)
    applied_by = models.CharField("执行人", max_length=100, blank=True)

    class Meta:
        verbose_name = "任职名单"
        verbose_name_plural = "任职名单"
        constraints = [
            models.CheckConstraint(
                name="enrollment_peoplelist_state", condition=Q(state__in=ImportState.values)
            ),
            models.CheckConstraint(
                name="enrollment_peoplelist_applied_whole",
                condition=Q(applied_at=None, applied_by="")
                | (Q(applied_at__isnull=False) & ~Q(applied_by="")),
                violation_error_message="执行时间和执行人要么都有，要么都没有",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class Placement(models.Model):
    """A role and where it holds: what a row of a list and an invitation have in common."""

    role = models.CharField("角色", max_length=20, choices=ListedRole.choices)
    class_group = models.ForeignKey(
        ClassGroup, verbose_name="班级", null=True, on_delete=models.PROTECT, related_name="+"
    )
    college = models.ForeignKey(
        College, verbose_name="学院", null=True, on_delete=models.PROTECT, related_name="+"
    )
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", null=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField("姓名", max_length=150)
    contact = EncryptedTextField("联系方式")
    contact_index = blind_index_field(verbose_name="联系方式索引", db_index=True)
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    is_deputy = models.BooleanField("代理", default=False)
    starts_at = models.DateTimeField("起", null=True)
    ends_at = models.DateTimeField("止", null=True)

    class Meta:
        abstract = True

    @property
    def contact_label(self) -> str:
        """The masked contact."""
        kind = MaskKind.EMAIL if self.channel == Channel.EMAIL else MaskKind.PHONE
        return mask(self.contact, kind)

    @property
    def contact_kind(self) -> str:
        """What the contact is: "email" or "phone"."""
        return "email" if self.channel == Channel.EMAIL else "phone"

    @property
    def scope(self) -> str:
        """Where the role holds, in words."""
        if self.role in {ListedRole.REGISTRAR, ListedRole.AUDITOR}:
            return "全校"
        return str(self.class_group or self.college or "")


class PeopleListRow(Placement):
    """One row of a list, with what applying it does and what stands against it."""

    people_list = models.ForeignKey(
        PeopleList, verbose_name="任职名单", on_delete=models.CASCADE, related_name="rows"
    )
    row_no = models.PositiveIntegerField("行")
    outcome = models.CharField("处理", max_length=10, choices=ListedOutcome.choices)
    finding = models.CharField("说明", max_length=300, blank=True)
    done_at = models.DateTimeField("办理时间", null=True)

    class Meta:
        verbose_name = "任职名单的行"
        verbose_name_plural = "任职名单的行"
        constraints = [
            models.UniqueConstraint(
                name="enrollment_peoplelistrow_once",
                fields=["people_list", "row_no"],
                violation_error_message="这份名单里已有这一行",
            ),
            models.CheckConstraint(
                name="enrollment_peoplelistrow_outcome",
                condition=Q(outcome__in=ListedOutcome.values),
            ),
            models.CheckConstraint(
                name="enrollment_peoplelistrow_role", condition=Q(role__in=["", *ListedRole.values])
            ),
            models.CheckConstraint(
                name="enrollment_peoplelistrow_channel",
                condition=Q(channel__in=["", *Channel.values]),
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.row_no} 行"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations that can still be accepted."""

    def open_at(self, now: datetime) -> Self:
        """Not accepted, not taken back, not run out at `now`."""
        return self.filter(state=InvitationState.PENDING, expires_at__gt=now)


class Invitation(Placement):
    """邀请: a single-use link to somebody whom the school lists; the token itself is kept nowhere."""

    token_digest = blind_index_field(unique=True, verbose_name="链接摘要")
    state = models.CharField("状态", max_length=10, choices=InvitationState.choices)
    created_at = models.DateTimeField("发出时间")
    created_by = models.CharField("邀请人", max_length=100)
    expires_at = models.DateTimeField("有效期至")
    accepted_at = models.DateTimeField("接受时间", null=True)
    accepted_by = models.CharField("接受人", max_length=100, blank=True)
    revoked_at = models.DateTimeField("撤回时间", null=True)
    revoked_by = models.CharField("撤回人", max_length=100, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="invitations",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "邀请"
        verbose_name_plural = "邀请"
        constraints = [
            models.CheckConstraint(
                name="enrollment_invitation_state", condition=Q(state__in=InvitationState.values)
            ),
            models.CheckConstraint(
                name="enrollment_invitation_role", condition=Q(role__in=ListedRole.values)
            ),
            models.CheckConstraint(
                name="enrollment_invitation_channel",
                condition=Q(channel__in=Channel.values),
            ),
            models.CheckConstraint(
                name="enrollment_invitation_accepted_whole",
                condition=Q(accepted_at=None, accepted_by="", user=None)
                | (Q(accepted_at__isnull=False, user__isnull=False) & ~Q(accepted_by="")),
                violation_error_message="接受的时间、人和账号要么都有，要么都没有",
            ),
            models.CheckConstraint(
                name="enrollment_invitation_revoked_whole",
                condition=Q(revoked_at=None, revoked_by="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
                violation_error_message="撤回的时间和人要么都有，要么都没有",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {mask(self.name, MaskKind.NAME)}"

    def is_open_at(self, now: datetime) -> bool:
        """Whether it can still be accepted; the twin of `open_at`."""
        return self.state == InvitationState.PENDING and self.expires_at > now
