"""What the college does with a case: one choice and a word about it."""

from collections.abc import Iterable
from typing import Any

from django import forms

from corrections.states.college import CollegeMove

__all__ = ["CollegeForm"]


_WITH_A_WORD = {CollegeMove.FORWARD, CollegeMove.RETURN, CollegeMove.TAKE_OVER}


class CollegeForm(forms.Form):
    """One of the moves that are offered."""

    move = forms.ChoiceField(label="怎么办", widget=forms.RadioSelect)
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="报教务处写学院的意见，退回写要补什么，学生都会看到；接过来写理由。受理、领取、放下不用写。",
    )

    def __init__(self, *args: Any, offered: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(CollegeMove(name).value, CollegeMove(name).label) for name in offered]
        field = self.fields["move"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
        self.is_offered = bool(choices)
        if len(choices) == 1:
            self.initial["move"] = choices[0][0]

    def clean(self) -> dict[str, Any]:
        """A word where the move asks for one."""
        given = super().clean() or {}
        if given.get("move") in _WITH_A_WORD and not given.get("note", "").strip():
            self.add_error("note", "这一步要写说明")
        return given
