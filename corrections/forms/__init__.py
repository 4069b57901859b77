"""Forms of corrections."""

from corrections.forms.request import (
    ACTION_FORMS,
    ApplyForm,
    RefuseForm,
    ResubmitForm,
    ReturnForm,
    TakeForm,
    WithdrawForm,
)

__all__ = [
    "ACTION_FORMS",
    "ApplyForm",
    "RefuseForm",
    "ResubmitForm",
    "ReturnForm",
    "TakeForm",
    "WithdrawForm",
]
