"""Several document numbers of one person: staff add, replace and retire them; nobody rewrites one."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from accounts.identity import (
    DocumentType,
    birth_date_of,
    canonical_number,
    name_match_key,
    sex_of,
)
from accounts.models import DeclaredIdentity, IdentityNumber, User, document_index
from accounts.services.identity import LONGEST_NAME
from accounts.states import NumberSource
from common import audit
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.masking import MaskKind, mask

_OWN = "这是你自己的实名信息，要由别人办理。"
_HELD = "这个号码登记在另一个账号下。是同一个人的两个账号，先办“证件号码被占用”；是两个人，先查清是谁的。"


@transaction.atomic
def add_number(
    *,
    identity: DeclaredIdentity,
    id_type: DocumentType,
    number: str,
    reason: str,
    actor: User,
    now: datetime,
    is_former: bool = False,
    valid: tuple[date | None, date | None] = (None, None),
) -> IdentityNumber:
    """Write a further number of the person, as staff saw it on a document.

    `valid` is the document's first and last day, as far as known.
    A number in use belongs to one account, logs in and finds records; a former one only explains
    records that were registered with it. A wrong check digit is taken: the document counts. Adding
    a number that the person has is refused, so is one that another account uses.
    """
    _check_not_own(actor, identity)
    canonical = canonical_number(number, id_type)
    index = document_index(canonical)
    _check_addable(identity, index, canonical=canonical, is_former=is_former, valid=valid)
    row = IdentityNumber(
        identity=identity,
        id_type=id_type,
        number=number.strip(),
        number_index=index,
        source=NumberSource.STAFF,
        added_at=now,
        added_by=actor.actor_label,
        valid_from=valid[0],
        valid_to=valid[1],
        superseded_at=now if is_former else None,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # somebody else declared it in this very moment
        raise NotAllowedError(_HELD) from error
    _fill_in(identity, canonical, id_type)
    audit.record(
        "identity.number_added",
        actor=actor,
        now=now,
        obj=identity,
        reason=reason,
        details={
            "id_type": id_type.value,
            "number": mask(canonical, MaskKind.DOCUMENT_NO),
            "held": not is_former,
        },
    )
    return row


def _check_addable(
    identity: DeclaredIdentity,
    index: bytes,
    *,
    canonical: str,
    is_former: bool,
    valid: tuple[date | None, date | None],
) -> None:
    if not canonical:
        raise InvalidInputError("证件号码是空的，照证件填写。", field="number")
    if valid[0] and valid[1] and valid[1] < valid[0]:
        raise InvalidInputError("有效期止早于有效期起。", field="valid_to")
    in_use = IdentityNumber.objects.filter(number_index=index, superseded_at=None)
    if in_use.filter(identity=identity).exists():
        raise NotAllowedError("这个人已经有这个号码。")
    if not is_former and in_use.exists():
        raise NotAllowedError(_HELD)


def _fill_in(identity: DeclaredIdentity, canonical: str, id_type: DocumentType) -> None:
    """Sex and birth date follow from the first number that states them."""
    sex = sex_of(canonical, id_type)
    if sex is not None:
        DeclaredIdentity.objects.filter(pk=identity.pk, sex="", birth_date=None).update(
            sex=str(sex.label), birth_date=birth_date_of(canonical, id_type)
        )


@transaction.atomic
def retire_number(
    *, number: IdentityNumber, reason: str, actor: User, now: datetime, valid_to: date | None = None
) -> IdentityNumber:
    """Take a number out of use: it no longer logs in or finds new records, and stays as a former one.

    Records keep the number that they were registered with. The last number in use stays: add the
    new one first.
    """
    identity = number.identity
    _check_not_own(actor, identity)
    in_use = identity.numbers.filter(superseded_at=None)
    if not in_use.exclude(pk=number.pk).exists():
        raise NotAllowedError("这是唯一在用的号码，先补登新号码，再停用它。")
    changed = in_use.filter(pk=number.pk).update(
        superseded_at=now, valid_to=valid_to or number.valid_to
    )
    if changed != 1:
        raise StaleStateError("这个号码已经停用，请刷新后再看。")
    number.refresh_from_db()
    audit.record(
        "identity.number_retired",
        actor=actor,
        now=now,
        obj=identity,
        reason=reason,
        details={
            "id_type": number.id_type,
            "number": mask(canonical_number(number.number, number.id_type), MaskKind.DOCUMENT_NO),
        },
    )
    return number


@transaction.atomic
def correct_name(
    *, identity: DeclaredIdentity, name: str, reason: str, actor: User, now: datetime
) -> DeclaredIdentity:
    """Put the declared name right at the counter, with the document in hand."""
    _check_not_own(actor, identity)
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInputError("姓名照证件上的写，最多 100 个字。", field="name")
    before = identity.name
    if name == before:
        raise InvalidInputError("和现在登记的姓名一样。", field="name")
    changed = DeclaredIdentity.objects.filter(pk=identity.pk, name=before).update(
        name=name, name_key=name_match_key(name)
    )
    if changed != 1:
        raise StaleStateError("姓名刚刚改过，请刷新后再看。")
    identity.name, identity.name_key = name, name_match_key(name)
    audit.record(
        "identity.name_corrected",
        actor=actor,
        now=now,
        obj=identity,
        reason=reason,
        details={"before": mask(before, MaskKind.NAME), "after": mask(name, MaskKind.NAME)},
    )
    return identity


def _check_not_own(actor: User, identity: DeclaredIdentity) -> None:
    if actor.pk == identity.user_id:
        raise NotAllowedError(_OWN)
