"""Choices of accounts: office-wide roles and where an identity number came from."""

from datetime import timedelta

from django.db import models

# The privacy notice that a new account agrees to; raise it with every change of its text.
CONSENT_VERSION = "2026-1"

# How long a contact may stay unproved before the account is dropped.
UNPROVED_FOR = timedelta(days=2)


class Role(models.TextChoices):
    """Roles that hold for the whole office; roles in classes and colleges are dated assignments."""

    REGISTRAR = "REGISTRAR", "教务处"
    AUDITOR = "AUDITOR", "审计"


class NumberSource(models.TextChoices):
    """Who said that a number belongs to a person."""

    DECLARED = "DECLARED", "本人申报"
    ROSTER = "ROSTER", "名册"
    STAFF = "STAFF", "教务处登记"
