"""Rescue cases in any state, and photos to hand in."""

import io
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from accounts.identity import DocumentType
from accounts.models import DeclaredIdentity, User
from accounts.selectors import declared_number_of, identity_of
from accounts.services import declare_identity
from common.workdays import add_workdays
from enrollment.models import RescueCase
from enrollment.states import RescueProof, RescueState
from tests.factories.people import JOINED


def make_claimant(user: User, *, number: str, name: str = "沈若溪") -> DeclaredIdentity:
    """Somebody who declares a number that another account holds: claimed, not held."""
    identity = declare_identity(
        user=user, name=name, id_type=DocumentType.RESIDENT_ID, number=number, now=JOINED
    )
    assert not identity.numbers.filter(superseded_at=None).exists()
    return identity


def make_rescue(
    claimant: User,
    *,
    at: datetime,
    holder: User | None = None,
    state: RescueState = RescueState.OPEN,
    **fields: Any,
) -> RescueCase:
    """A case of somebody who has declared a number, with its clocks running from `at`."""
    identity = identity_of(claimant)
    assert identity is not None
    values: dict[str, Any] = {
        "proof": RescueProof.PHOTO,
        "number": declared_number_of(identity),
        "opened_at": at,
        "opened_by": claimant.actor_label,
        "freeze_ends_at": at + timedelta(hours=24),
        "due_at": add_workdays(at, 5),
        **fields,
    }
    return RescueCase.objects.create(identity=identity, holder=holder, state=state, **values)


def hand_held(fmt: str = "JPEG", size: tuple[int, int] = (320, 240), **save: Any) -> bytes:
    """A small real picture."""
    data = io.BytesIO()
    Image.new("RGB", size, (180, 170, 160)).save(data, fmt, **save)
    return data.getvalue()
