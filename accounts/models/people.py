"""People: accounts, declared identities, office-wide roles."""

from datetime import date, datetime
from typing import Any, Self, cast

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from accounts.identity import DocumentType
from accounts.states import NumberSource, Role
from common.crypto import blind_index
from common.fields import EncryptedTextField, blind_index_field
from common.masking import MaskKind, mask
from common.models import Channel


def phone_index(phone: str) -> bytes:
    """The index of an E.164 phone number."""
    return blind_index(phone, purpose="phone")


def document_index(canonical: str) -> bytes:
    """The index of a canonical document number, the same for declared and roster numbers."""
    return blind_index(canonical, purpose="document")


class UserManager(BaseUserManager["User"]):
    """Accounts are made with an e-mail or a phone."""

    def create_user(
        self,
        email: str | None = None,
        password: str | None = None,
        *,
        phone: str | None = None,
        **extra: Any,
    ) -> "User":
        """A saved account with one or both login names; contacts count as unproved."""
        user = self.model(email=email, **extra)
        user.phone = phone
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """An account with the registrar's role, so that `createsuperuser` opens the first desk."""
        user = self.create_user(email, password, **extra)
        addresses = cast("Any", user).emailaddress_set  # allauth's, which has no types
        addresses.create(email=user.email, verified=True, primary=True)
        OfficeRole.objects.create(
            user=user, role=Role.REGISTRAR, granted_by="命令行", granted_at=user.date_joined
        )
        return user

    def with_phone(self, phone: str) -> models.QuerySet["User"]:
        """The account whose login name is this E.164 phone, if any."""
        return self.filter(phone_index=phone_index(phone))


class User(AbstractBaseUser):
    """One account of one person; logs in by e-mail, phone or document number."""

    email = models.EmailField("邮箱", unique=True, null=True, blank=True)
    phone = EncryptedTextField("手机号", null=True, blank=True)
    phone_index = blind_index_field(unique=True, null=True, verbose_name="手机号索引")
    phone_verified_at = models.DateTimeField("手机号验证时间", null=True)
    is_active = models.BooleanField("可用", default=True)
    date_joined = models.DateTimeField("注册时间", auto_now_add=True)
    consented_at = models.DateTimeField("同意个人信息处理告知的时间", null=True)
    consent_version = models.CharField("告知版本", max_length=20, blank=True)
    # A closed account keeps its identity and bindings as a proof and has no contacts any more.
    closed_at = models.DateTimeField("注销时间", null=True)
    # Nothing is ever sent to this account again, for example because the person has died.
    silenced_at = models.DateTimeField("停发消息时间", null=True)
    silenced_by = models.CharField("停发消息操作人", max_length=100, blank=True)
    # Another account of the same person took its place: it may log in to read that, and do nothing.
    superseded_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(
        "被取代时间", null=True, blank=True
    )
    superseded_by = models.CharField("取代的经办人", max_length=100, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = UserManager()

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        constraints = [
            models.CheckConstraint(
                name="accounts_user_has_contact",
                condition=Q(email__isnull=False)
                | Q(phone_index__isnull=False)
                | Q(closed_at__isnull=False)
                # Its contacts may have gone to the account that took its place.
                | Q(superseded_at__isnull=False),
                violation_error_message="账号至少要有邮箱或手机号中的一个",
            ),
            models.CheckConstraint(
                name="accounts_user_closed_whole",
                condition=Q(closed_at=None)
                | Q(is_active=False, email__isnull=True, phone_index__isnull=True),
                violation_error_message="已注销的账号不能再有联系方式，也不能再登录",
            ),
            models.CheckConstraint(
                name="accounts_user_silenced_whole",
                condition=Q(silenced_at=None, silenced_by="")
                | (Q(silenced_at__isnull=False) & ~Q(silenced_by="")),
                violation_error_message="停发消息要同时有时间和操作人",
            ),
            models.CheckConstraint(
                name="accounts_user_email_not_empty",
                condition=~Q(email=""),
                violation_error_message="没有邮箱时应留空值",
            ),
            models.CheckConstraint(
                name="accounts_user_superseded_whole",
                condition=Q(superseded_at=None, superseded_by="")
                | (Q(superseded_at__isnull=False) & ~Q(superseded_by="")),
                violation_error_message="被取代的时间和经办人要么都有，要么都没有",
            ),
        ]

    def __str__(self) -> str:
        return self.contact_label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the index beside the phone, and an absent e-mail NULL."""
        self.email = self.email.lower() if self.email else None
        self.phone = self.phone or None
        self.phone_index = phone_index(self.phone) if self.phone else None
        super().save(*args, **kwargs)

    @property
    def contact_label(self) -> str:
        """The masked login name."""
        if self.email:
            return mask(self.email, MaskKind.EMAIL)
        if self.closed_at is not None:
            return f"已注销的账号 {self.pk}"
        return mask(self.phone or "", MaskKind.PHONE) or f"账号 {self.pk}"

    def contact_for(self, channel: str) -> str | None:
        """Where a message of this channel reaches the account: its proved e-mail or phone, else None.

        None for an account to which nothing is sent any more.
        """
        if self.silenced_at is not None:
            return None
        if channel == Channel.EMAIL:
            addresses = cast("Any", self).emailaddress_set  # allauth's, which has no types
            return self.email if addresses.filter(email=self.email, verified=True) else None
        if channel == Channel.SMS and self.phone and self.phone_verified_at:
            return str(self.phone)
        return None

    @property
    def actor_id(self) -> str:
        """Identifier in audit events."""
        return str(self.pk)

    @property
    def actor_label(self) -> str:
        """Label in audit events: masked login name."""
        return self.contact_label

    @cached_property
    def roles(self) -> frozenset[str]:
        """Office-wide roles held by the account, read once per instance."""
        return frozenset(self.office_roles.filter(ended_at=None).values_list("role", flat=True))

    def has_role(self, *roles: Role) -> bool:
        """Whether the account holds one of the office-wide roles."""
        return self.is_active and not self.roles.isdisjoint(roles)

    @property
    def is_staff(self) -> bool:
        """Whether Django admin lets the account in at all."""
        return self.is_active and bool(self.roles)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Django's permission question, answered by the backends."""
        return self.is_active and any(
            backend.has_perm(self, perm, obj)
            for backend in get_backends()
            if hasattr(backend, "has_perm")
        )

    def has_perms(self, perm_list: list[str], obj: models.Model | None = None) -> bool:
        """Whether all permissions are held."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether anything of the app may be seen in the admin."""
        return self.is_active and any(
            backend.has_module_perms(self, app_label)
            for backend in get_backends()
            if hasattr(backend, "has_module_perms")
        )


class OfficeRole(models.Model):
    """A role for the whole office, from when and by whom."""

    user = models.ForeignKey(
        User, verbose_name="账号", on_delete=models.PROTECT, related_name="office_roles"
    )
    role = models.CharField("角色", max_length=20, choices=Role.choices)
    granted_at = models.DateTimeField("授予时间")
    granted_by = models.CharField("授予人", max_length=100)
    ended_at = models.DateTimeField("终止时间", null=True, blank=True)
    ended_by = models.CharField("终止人", max_length=100, blank=True)

    class Meta:
        verbose_name = "全校角色"
        verbose_name_plural = "全校角色"
        constraints = [
            models.CheckConstraint(
                name="accounts_officerole_role", condition=Q(role__in=Role.values)
            ),
            models.UniqueConstraint(
                name="accounts_officerole_once",
                fields=["user", "role"],
                condition=Q(ended_at=None),
                violation_error_message="该账号已有这个角色",
            ),
            models.CheckConstraint(
                name="accounts_officerole_ended_whole",
                condition=Q(ended_at=None, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="角色的结束时间和结束人要么都有，要么都没有",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


class DeclaredIdentity(models.Model):
    """Who the person says they are: declared once, confirmed, then frozen."""

    user = models.OneToOneField(
        User, verbose_name="账号", on_delete=models.PROTECT, related_name="identity"
    )
    name = models.CharField("姓名", max_length=150)
    name_key = models.CharField("姓名比对键", max_length=150, db_index=True)
    sex = models.CharField("性别", max_length=2, blank=True)
    birth_date = models.DateField("出生日期", null=True)
    declared_at = models.DateTimeField("确认时间")

    class Meta:
        verbose_name = "实名信息"
        verbose_name_plural = "实名信息"

    def __str__(self) -> str:
        return mask(self.name, MaskKind.NAME)


class NumberQuerySet(models.QuerySet["IdentityNumber"]):
    """Finding numbers by their index."""

    def of_number(self, canonical: str) -> Self:
        """The row of this canonical number, if any."""
        return self.filter(number_index=document_index(canonical))


class IdentityNumber(models.Model):
    """One document number of a person; one canonical number belongs to one account at a time."""

    identity = models.ForeignKey(
        DeclaredIdentity, verbose_name="实名信息", on_delete=models.PROTECT, related_name="numbers"
    )
    id_type = models.CharField("证件类型", max_length=30, choices=DocumentType.choices)
    number = EncryptedTextField("证件号码")
    number_index = blind_index_field(verbose_name="证件号码索引")
    source = models.CharField("来源", max_length=10, choices=NumberSource.choices)
    added_at = models.DateTimeField("登记时间")
    added_by = models.CharField("登记人", max_length=100)
    valid_from: "models.DateField[date | None, date | None]" = models.DateField(
        "有效期起", null=True, blank=True
    )
    valid_to: "models.DateField[date | None, date | None]" = models.DateField(
        "有效期止", null=True, blank=True
    )
    superseded_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(
        "被取代时间", null=True, blank=True
    )
    # Chosen by staff when two accounts were made one; without a choice the oldest in use leads.
    is_primary = models.BooleanField("主号码", default=False, db_default=False)

    objects = NumberQuerySet.as_manager()

    class Meta:
        verbose_name = "证件号码"
        verbose_name_plural = "证件号码"
        constraints = [
            models.UniqueConstraint(
                name="accounts_identitynumber_one_account",
                fields=["number_index"],
                condition=Q(superseded_at=None),
                violation_error_message="这个证件号码已经登记过",
            ),
            models.UniqueConstraint(
                name="accounts_identitynumber_one_primary",
                fields=["identity"],
                condition=Q(is_primary=True),
                violation_error_message="一个人只能有一个主号码",
            ),
            models.CheckConstraint(
                name="accounts_identitynumber_id_type", condition=Q(id_type__in=DocumentType.values)
            ),
            models.CheckConstraint(
                name="accounts_identitynumber_source", condition=Q(source__in=NumberSource.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_id_type_display()} {mask(self.number, MaskKind.DOCUMENT_NO)}"
