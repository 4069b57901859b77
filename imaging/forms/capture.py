"""Taking leave from a session, and a seat in another one."""

from collections.abc import Sequence

from django import forms
from django.utils.datastructures import MultiValueDict

from imaging.models import CaptureSession
from imaging.services.bookings import LEAVE_LONGEST

__all__ = ["BookForm", "LeaveForm"]


class SessionChoiceForm(forms.Form):
    """One of the sessions that the page offers; what is offered no longer is told in words."""

    session = forms.TypedChoiceField(
        label="哪一场",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "请选一场",
            "invalid_choice": "这一场现在不能选了，请看看别的场次",
        },
    )

    def __init__(
        self,
        data: MultiValueDict[str, str] | None = None,
        *,
        offered: Sequence[tuple[CaptureSession, str]],
    ) -> None:
        super().__init__(data)
        self._sessions = {session.pk: session for session, _ in offered}
        field = self.fields["session"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [(session.pk, label) for session, label in offered]
        if len(offered) == 1:
            self.initial = {"session": offered[0][0].pk}

    def chosen(self) -> CaptureSession:
        """The session that was chosen."""
        return self._sessions[self.cleaned_data["session"]]


class BookForm(SessionChoiceForm):
    """A seat in one of the make-up sessions."""


class LeaveForm(SessionChoiceForm):
    """Which class session, and why not."""

    reason = forms.CharField(
        label="为什么去不了",
        max_length=LEAVE_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="只有教务处经办老师看得到。",
        error_messages={"required": "请写明为什么去不了"},
    )
