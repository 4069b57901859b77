"""Accounts and declared identities. People are born in 1880–1899 and so cannot exist."""

from datetime import UTC, datetime
from itertools import count

from allauth.account.models import EmailAddress

from accounts.identity import DocumentType, canonical_number, check_digit, name_match_key
from accounts.models import DeclaredIdentity, IdentityNumber, OfficeRole, User, document_index
from accounts.states import NumberSource, Role

PASSWORD = "Yuanshan-2026!"
JOINED = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
_serial = count(1)


def make_number(serial: int, *, birth: str = "18860312") -> str:
    """An 18-digit number of region 9901 that cannot exist, with a right check digit."""
    # Three digits hold a thousand people; the thousands after them live in the next district.
    first = f"9901{1 + serial // 1000:02d}{birth}{serial % 1000:03d}"
    return first + check_digit(first)


def make_user(
    email: str | None = None, *, phone: str | None = None, password: str = PASSWORD
) -> User:
    """An account whose contacts are proved."""
    if email is None and phone is None:
        email = f"student{next(_serial)}@example.test"
    user = User.objects.create_user(email, password, phone=phone)
    if phone:
        User.objects.filter(pk=user.pk).update(phone_verified_at=JOINED)
    if email:
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return User.objects.get(pk=user.pk)


def make_staff(role: Role, email: str) -> User:
    """An account with an office-wide role."""
    user = make_user(email)
    OfficeRole.objects.create(user=user, role=role, granted_at=JOINED, granted_by="测试")
    return User.objects.get(pk=user.pk)


def make_identity(
    user: User,
    *,
    name: str = "沈若溪",
    number: str | None = None,
    id_type: DocumentType = DocumentType.RESIDENT_ID,
) -> DeclaredIdentity:
    """A declared and confirmed identity with one number."""
    number = number or make_number(next(_serial))
    identity = DeclaredIdentity.objects.create(
        user=user, name=name, name_key=name_match_key(name), declared_at=JOINED
    )
    IdentityNumber.objects.create(
        identity=identity,
        id_type=id_type,
        number=number,
        number_index=document_index(canonical_number(number)),
        source=NumberSource.DECLARED,
        added_at=JOINED,
        added_by="本人",
    )
    return identity
