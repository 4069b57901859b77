"""Declaring who one is, once."""

import unicodedata
from datetime import date, datetime

from django.db import IntegrityError, transaction

from accounts.identity import (
    DocumentType,
    birth_date_of,
    canonical_number,
    check_number,
    name_match_key,
    sex_of,
)
from accounts.models import DeclaredIdentity, IdentityNumber, User, document_index
from accounts.policies import is_office
from accounts.selectors import identity_of, is_number_held
from accounts.states import NumberSource
from common import audit
from common.errors import InvalidInputError, NotAllowedError
from common.masking import MaskKind, mask

LONGEST_NAME = 100


def checked_declaration(*, name: str, id_type: DocumentType, number: str) -> tuple[str, str]:
    """Name and canonical number as they would be declared; InvalidInputError with the field otherwise.

    A number with a wrong check digit is asked again: who really has such a one declares it as 其他,
    since the kind is no part of what is compared.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInputError("姓名照证件上的写，最多 100 个字。", field="name")
    if any(unicodedata.category(char) == "Cc" or char.isdigit() for char in name):
        raise InvalidInputError("姓名里有数字或看不见的字符，照证件上的再写一遍。", field="name")
    canonical = canonical_number(number, id_type)
    problems = check_number(canonical, id_type)
    if problems:
        advice = "证件上确实是这个号码的，证件类型选「其他」。"
        if id_type != DocumentType.RESIDENT_ID:
            advice = ""
        raise InvalidInputError(f"{problems[0].message}{advice}", field="number")
    return name, canonical


@transaction.atomic
def declare_identity(
    *, user: User, name: str, id_type: DocumentType, number: str, now: datetime
) -> DeclaredIdentity:
    """Who the person says they are, once; afterwards frozen.

    Declaring the same again is harmless, anything else is refused. A number that another account
    holds is written down as claimed but not held (`superseded_at` set): this person sees the same
    pages as one whose record is not in the roster, and is never told that the number is known.
    """
    name, canonical = checked_declaration(name=name, id_type=id_type, number=number)
    if is_office(user):
        raise NotAllowedError("这是工作账号，不登记实名信息。你自己的学籍请另注册一个账号。")
    try:
        with transaction.atomic():
            identity = DeclaredIdentity.objects.create(
                user=user,
                name=name,
                name_key=name_match_key(name),
                sex=_sex(canonical, id_type),
                birth_date=_birth_date(canonical, id_type),
                declared_at=now,
            )
    except IntegrityError:
        return _declared_before(user, name, canonical)
    is_held = _claim_number(identity, id_type, number.strip(), canonical, now)
    audit.record(
        "identity.declared",
        actor=user,
        now=now,
        obj=identity,
        details={
            "name": mask(name, MaskKind.NAME),
            "id_type": id_type.value,
            "number": mask(canonical, MaskKind.DOCUMENT_NO),
            "held": is_held,
        },
    )
    return identity


def _sex(canonical: str, id_type: DocumentType) -> str:
    sex = sex_of(canonical, id_type)
    return str(sex.label) if sex else ""


def _birth_date(canonical: str, id_type: DocumentType) -> date | None:
    return birth_date_of(canonical, id_type)


def _declared_before(user: User, name: str, canonical: str) -> DeclaredIdentity:
    """The earlier declaration when it says the same (a second click), else a refusal."""
    identity = identity_of(user)
    if (
        identity is not None
        and identity.name == name
        and identity.numbers.filter(number_index=document_index(canonical)).exists()
    ):
        return identity
    raise NotAllowedError("实名信息已经确认过，不能自己修改。写错了，带证件找教务处更正。")


def _claim_number(
    identity: DeclaredIdentity, id_type: DocumentType, number: str, canonical: str, now: datetime
) -> bool:
    """Write the number; returns whether this account holds it from now on."""
    row = IdentityNumber(
        identity=identity,
        id_type=id_type,
        number=number,
        number_index=document_index(canonical),
        source=NumberSource.DECLARED,
        added_at=now,
        added_by=identity.user.actor_label,
    )
    if not is_number_held(number, id_type):
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:  # somebody else declared it in this very moment
            row.pk = None
        else:
            return True
    row.superseded_at = now
    row.save()
    return False
