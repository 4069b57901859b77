"""What the pages of enrollment ask."""

from enrollment.forms.binding import (
    BindingForm,
    IdentityForm,
    InvitationForm,
    MonitorForm,
    ObjectionForm,
    RescueFactsForm,
    RescueForm,
    RescuePhotoForm,
)
from enrollment.forms.claim import ClaimForm, FurtherForm
from enrollment.forms.diagnosis import DiagnosisForm
from enrollment.forms.freshman import FreshmanForm

__all__ = [
    "BindingForm",
    "ClaimForm",
    "DiagnosisForm",
    "FreshmanForm",
    "FurtherForm",
    "IdentityForm",
    "InvitationForm",
    "MonitorForm",
    "ObjectionForm",
    "RescueFactsForm",
    "RescueForm",
    "RescuePhotoForm",
]
