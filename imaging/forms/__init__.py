"""The student's forms: plain, with typed values."""

from imaging.forms.capture import BookForm, LeaveForm
from imaging.forms.photos import OwnPhotoForm, PhotoClaimForm, SelfCheckForm
from imaging.forms.verification import (
    OTHER_FIELD,
    ChoiceForm,
    FillForm,
    PickForm,
    ProxyForm,
    ReopenForm,
)

__all__ = [
    "OTHER_FIELD",
    "BookForm",
    "ChoiceForm",
    "FillForm",
    "LeaveForm",
    "OwnPhotoForm",
    "PhotoClaimForm",
    "PickForm",
    "ProxyForm",
    "ReopenForm",
    "SelfCheckForm",
]
