"""Reads of accounts, each scoped to a person."""

from accounts.identity import DocumentType, canonical_number
from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.states import NumberSource


def identity_of(user: User) -> DeclaredIdentity | None:
    """The person's declared identity, once it is confirmed."""
    return DeclaredIdentity.objects.filter(user=user).first()


def declared_number_of(identity: DeclaredIdentity) -> IdentityNumber | None:
    """The number that the person declared, whether it is held or not."""
    return identity.numbers.order_by("pk").first()


def user_with_number(number: str) -> User | None:
    """The account that holds this document number and has shown that it is its own.

    A number that was only declared does not log in: whether it does would tell its declarer that
    somebody else holds it. However it was typed, the one question, the same for known and unknown numbers: login takes equal time.
    """
    return (
        User.objects.filter(
            identity__numbers__in=IdentityNumber.objects.of_number(canonical_number(number))
            .filter(superseded_at=None)
            .exclude(source=NumberSource.DECLARED)
        )
        .order_by("pk")
        .first()
    )


def is_number_held(number: str, id_type: DocumentType) -> bool:
    """Whether some account holds the number; never shown to a person."""
    canonical = canonical_number(number, id_type)
    return IdentityNumber.objects.of_number(canonical).filter(superseded_at=None).exists()
