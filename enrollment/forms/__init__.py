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
from enrollment.forms.profile import ProfileForm, StudyFormSet

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
    "ProfileForm",
    "RescueFactsForm",
    "RescueForm",
    "RescuePhotoForm",
    "StudyFormSet",
]
