"""Two accounts side by side: what each has, what differs, what would be left behind, who looks alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.selectors import identity_of, proved_contacts
from common.crypto import blind_index
from common.masking import MaskKind, mask
from common.models import Channel
from common.wording import date_cn
from enrollment.models import Assignment, DuplicateCase, MergeQuerySet, PersonMerge, StudentRecord
from enrollment.selectors.fields import AMENDABLE_FIELDS, record_value

__all__ = [
    "MERGED_FIELDS",
    "Difference",
    "Likeness",
    "differences",
    "likely_same",
    "merges_of",
    "names_differ",
    "numbers_in_use",
    "record_pairs",
    "records_bound_to",
    "seen_digest",
    "side_by_side",
    "typed_value",
    "values_left_behind",
]

# What names the record itself, or was decided elsewhere, stays as the kept record has it (C-44: a record
# keeps the number that it was registered with; a status has its own history).
_OWN_TO_THE_RECORD = {"student_no", "id_type", "id_number", "enrollment_status", "major_code"}
MERGED_FIELDS: dict[str, str] = {
    name: label for name, label in AMENDABLE_FIELDS.items() if name not in _OWN_TO_THE_RECORD
}
"""Fields whose value may be taken from the record that is cancelled: name → label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field in which two records differ, as both read it."""

    name: str
    label: str
    goes: str
    stays: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """An account that may be the same person's, and what speaks for it."""

    user: User
    grounds: tuple[str, ...]


def merges_of(user: User) -> MergeQuerySet:
    """Cases with this account on either side, newest first."""
    return (
        PersonMerge.objects.filter(Q(stays=user) | Q(goes=user))
        .select_related("stays", "goes")
        .order_by("-pk")
    )


def numbers_in_use(user: User) -> list[IdentityNumber]:
    """The live numbers of the account, oldest first."""
    rows = IdentityNumber.objects.filter(identity__user=user, superseded_at=None)
    return list(rows.order_by("pk"))


def records_bound_to(user: User) -> list[StudentRecord]:
    """Every record of the account, shown or not."""
    rows = StudentRecord.objects.filter(binding__identity__user=user)
    return list(
        rows.select_related("school", "college", "major", "class_group").order_by(
            "school", "student_no"
        )
    )


def record_pairs(stays: User, goes: User) -> list[tuple[StudentRecord, StudentRecord]]:
    """(record that goes over, record that is there already) at one school: perhaps one enrolment twice."""
    alive = [row for row in records_bound_to(stays) if row.duplicate_of_id is None]
    return [
        (theirs, mine)
        for theirs in records_bound_to(goes)
        if theirs.duplicate_of_id is None
        for mine in alive
        if mine.school_id == theirs.school_id
    ]


def differences(goes: StudentRecord, stays: StudentRecord) -> list[Difference]:
    """The fields in which two records differ, of those that can be chosen."""
    return [
        Difference(name=name, label=label, goes=there, stays=here)
        for name, label in MERGED_FIELDS.items()
        if (there := record_value(goes, name)) != (here := record_value(stays, name))
    ]


def typed_value(record: StudentRecord, name: str) -> str:
    """The value as a person would type it, for `amend_record`."""
    value = getattr(record, name, None)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    return record_value(record, name, whole_number=True)


def names_differ(stays: User, goes: User) -> bool:
    """Whether the accounts were declared under two names."""
    first, second = identity_of(stays), identity_of(goes)
    return first is not None and second is not None and first.name != second.name


def side_by_side(
    stays: User, goes: User, *, whole_names: bool = False
) -> list[tuple[str, str, str]]:
    """(what, on the account that stays, on the one that goes): masked, except names that differ.

    Names are read out in full where they differ (or `whole_names`: where they did before), since
    nobody can choose between two masks.
    """
    is_masked = not (whole_names or names_differ(stays, goes))
    sides = (
        _account_lines(stays, identity_of(stays), names_masked=is_masked),
        _account_lines(goes, identity_of(goes), names_masked=is_masked),
    )
    return [(label, here, there) for (label, here), (_, there) in zip(*sides, strict=True)]


def _account_lines(
    user: User, identity: DeclaredIdentity | None, *, names_masked: bool
) -> list[tuple[str, str]]:
    name = identity.name if identity else ""
    posts = Assignment.objects.filter(user=user, ends_at=None).order_by("pk")
    return [
        ("邮箱", _contact(user, Channel.EMAIL, user.email or "", MaskKind.EMAIL)),
        ("手机号", _contact(user, Channel.SMS, user.phone or "", MaskKind.PHONE)),
        ("姓名", mask(name, MaskKind.NAME) if names_masked else name),
        ("性别", identity.sex if identity else ""),
        ("出生日期", date_cn(identity.birth_date) if identity and identity.birth_date else ""),
        ("在用的证件号码", "；".join(_numbers(user, in_use=True))),
        ("旧的证件号码", "；".join(_numbers(user, in_use=False))),
        ("学籍", "；".join(_record_line(row) for row in records_bound_to(user))),
        ("任职", "；".join(str(post.get_role_display()) for post in posts)),
        ("账号状态", "停用，由另一个账号取代" if user.superseded_at else "在用"),
    ]


def _contact(user: User, channel: Channel, value: str, kind: MaskKind) -> str:
    if not value:
        return ""
    proved = (channel, value) in proved_contacts(user)
    return mask(value, kind) + ("" if proved else "（没验证）")


def _numbers(user: User, *, in_use: bool) -> Iterator[str]:
    rows = IdentityNumber.objects.filter(
        identity__user=user, superseded_at__isnull=in_use
    ).order_by("-is_primary", "pk")
    for row in rows:
        main = "（主号码）" if row.is_primary and in_use else ""
        yield f"{row.get_id_type_display()} {mask(row.number, MaskKind.DOCUMENT_NO)}{main}"


def _record_line(record: StudentRecord) -> str:
    note = "（重复，已注销）" if record.duplicate_of_id is not None else ""
    return f"{record.school.name} {record.student_no}{note}"


def seen_digest(stays: User, goes: User) -> str:
    """One keyed digest over everything that a choice rests on: it is another one as soon as anything changed."""
    parts: list[object] = []
    for user in (stays, goes):
        fresh = User.objects.get(pk=user.pk)
        parts.append((fresh.email, fresh.phone, fresh.superseded_at, fresh.closed_at))
        parts.append(proved_contacts(fresh))
        identity = identity_of(fresh)
        if identity is not None:
            parts.append((identity.name, identity.sex, identity.birth_date))
            rows = identity.numbers.order_by("pk").values_list("pk", "superseded_at", "is_primary")
            parts.append(list(rows))
        records = records_bound_to(fresh)
        parts.append([(row.pk, row.updated_at.timestamp(), row.duplicate_of_id) for row in records])
    return blind_index(repr(parts), purpose="merge-seen").hex()


def values_left_behind(goes: User) -> list[tuple[str, int]]:
    """(what, how many) that stays with the superseded account as its history: nothing is deleted."""
    identity = identity_of(goes)
    found = []
    for owner in (goes, identity):
        if owner is None:
            continue
        for relation in owner._meta.related_objects:  # noqa: SLF001 -- Django's public _meta
            model = relation.related_model
            if model.__module__.startswith("allauth.") or model._meta.label in _MOVED:  # noqa: SLF001 -- the same
                continue
            rows = model._default_manager.filter(**{relation.field.name: owner})  # noqa: SLF001 -- the same
            if count := rows.count():
                found.append((str(model._meta.verbose_name), count))  # noqa: SLF001 -- the same
    return sorted(set(found))


# What moves, is shown in lines of its own, or says nothing of the person; log-ins are allauth's.
_MOVED = frozenset(
    {
        "accounts.DeclaredIdentity",
        "accounts.IdentityNumber",
        "accounts.OfficeRole",
        "common.OutboxMessage",
        "enrollment.Assignment",
        "enrollment.Binding",
        "enrollment.PersonMerge",
    }
)


def likely_same(user: User) -> list[Likeness]:
    """Other working accounts that may be the same person's: one number, one name and birth date, or a pair
    of records that was found to be one."""
    grounds: dict[int, list[str]] = {}
    for why, found in _likenesses(user):
        for pk in found:
            grounds.setdefault(pk, []).append(why)
    others = User.objects.filter(pk__in=list(grounds), superseded_at=None, closed_at=None)
    return [
        Likeness(user=other, grounds=tuple(grounds[other.pk]))
        for other in others.exclude(pk=user.pk).order_by("pk")[:20]
    ]


def _likenesses(user: User) -> Iterator[tuple[str, set[int]]]:
    identity = identity_of(user)
    if identity is None:
        return
    people = DeclaredIdentity.objects.exclude(pk=identity.pk)
    indexes = list(identity.numbers.values_list("number_index", flat=True))
    same_number = people.filter(numbers__number_index__in=indexes)
    yield "登记过同一个证件号码", set(same_number.values_list("user", flat=True))
    if identity.birth_date is not None:
        same_name = people.filter(name_key=identity.name_key, birth_date=identity.birth_date)
        yield "姓名和出生日期都一样", set(same_name.values_list("user", flat=True))
    bound = list(
        StudentRecord.objects.filter(binding__identity=identity).values_list("pk", flat=True)
    )
    pairs = DuplicateCase.objects.filter(Q(record__in=bound) | Q(stays__in=bound))
    ids = {pk for pair in pairs.values_list("record", "stays") for pk in pair}
    twins = people.filter(bindings__record__in=ids)
    yield "两边的学籍按重复学籍处理过", set(twins.values_list("user", flat=True))
    numbers = StudentRecord.objects.filter(pk__in=bound).values("id_number_index")
    own = people.filter(bindings__record__id_number_index__in=numbers)
    yield "学籍上是同一个证件号码", set(own.values_list("user", flat=True))
