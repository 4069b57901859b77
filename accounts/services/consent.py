"""Agreeing to the privacy notice: one row a version, and a guardian for who is below fourteen."""

from datetime import datetime

from django.db import transaction

from accounts.models import Consent, User
from accounts.policies import needs_guardian
from accounts.states import CONSENT_VERSION
from common import audit
from common.errors import InvalidInputError

__all__ = ["give_consent"]

_LONGEST_NAME = 100


@transaction.atomic
def give_consent(*, user: User, now: datetime, guardian_name: str = "") -> Consent:
    """Keep that the person agreed to the present notice; agreeing twice keeps the first moment.

    For a person below fourteen the guardian's name is demanded (Personal Information Protection
    Law, article 31).
    """
    guardian = guardian_name.strip()
    if len(guardian) > _LONGEST_NAME:
        raise InvalidInputError("监护人姓名最多 100 个字。", field="guardian_name")
    if not guardian and needs_guardian(user, now=now):
        raise InvalidInputError("不满 14 周岁，要写监护人的姓名。", field="guardian_name")
    consent, is_new = Consent.objects.get_or_create(
        user=user,
        version=CONSENT_VERSION,
        defaults={"given_at": now, "guardian_name": guardian or None},
    )
    if guardian and not consent.guardian_name:
        consent.guardian_name = guardian
        consent.save(update_fields=["guardian_name"])
        is_new = True
    if is_new:
        audit.record(
            "consent.given",
            actor=user,
            now=now,
            obj=user,
            details={"version": CONSENT_VERSION, "guardian": bool(guardian)},
        )
    User.objects.filter(pk=user.pk).update(
        consented_at=consent.given_at, consent_version=CONSENT_VERSION
    )
    user.consented_at, user.consent_version = consent.given_at, CONSENT_VERSION
    return consent
