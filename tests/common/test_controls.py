"""A form field is drawn with all that belongs to it, and says in a sentence what is missing."""

import pytest
from django import forms

from tests.common.drawn import draw

pytestmark = pytest.mark.unit


class Registration(forms.Form):
    email = forms.EmailField(label="电子邮箱", help_text="激活信发到这里。")
    major = forms.CharField(label="专业", required=False)
    kind = forms.ChoiceField(label="证件类型", choices=[("ID", "居民身份证")])
    reasons = forms.MultipleChoiceField(
        label="原因",
        choices=[("A", "不是本人|弄混了也选这项"), ("B", "模糊")],
        widget=forms.CheckboxSelectMultiple,
    )
    password = forms.CharField(
        label="密码",
        widget=forms.PasswordInput(attrs={"data-ui-strength": "id_email", "placeholder": "密码"}),
    )
    evidence = forms.FileField(label="证明材料")
    agree = forms.BooleanField(label="记住这台设备", required=False)
    step = forms.CharField(widget=forms.HiddenInput)


class Conclusion(forms.Form):
    photo = forms.ChoiceField(
        label="照片是你本人吗？",
        choices=[("CORRECT", "正确"), ("INCORRECT", "有误")],
        widget=forms.RadioSelect,
    )


def test_field_ties_help_and_error_to_its_control() -> None:
    form = Registration({"email": "沈若溪"})
    html = draw("{% field bound=form.email %}", form=form)

    assert '<label for="id_email">电子邮箱</label>' in html
    assert 'aria-describedby="id_email_error id_email_helptext"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_email_error"' in html
    assert 'id="id_email_helptext"' in html
    assert "form-control" in html
    assert "has-error" in html


def test_field_that_may_stay_empty_says_so_unless_told_not_to() -> None:
    form = Registration()

    assert "（可不填）" in draw("{% field bound=form.major %}", form=form)
    assert "（可不填）" not in draw("{% field bound=form.major mark_optional=False %}", form=form)
    assert "（可不填）" not in draw("{% field bound=form.email %}", form=form)


def test_field_shows_what_stands_now() -> None:
    html = draw('{% field bound=form.major current="汉语言文学" %}', form=Registration())

    assert "<span>现在</span><b>汉语言文学</b>" in html


def test_field_of_options_is_a_named_group_with_hints() -> None:
    html = draw("{% field bound=form.reasons %}", form=Registration())

    assert "<legend>原因</legend>" in html
    assert '<label class="ui-check" for="id_reasons_0">' in html
    assert "不是本人<small>弄混了也选这项</small>" in html


def test_field_kinds() -> None:
    form = Registration()

    assert "form-select" in draw("{% field bound=form.kind %}", form=form)
    assert 'data-ui-strength-for="id_password"' in draw(
        "{% field bound=form.password %}", form=form
    )
    assert "placeholder" not in draw("{% field bound=form.password %}", form=form)
    assert 'data-ui-file-info="id_evidence"' in draw("{% field bound=form.evidence %}", form=form)
    assert "（可不填）" not in draw("{% field bound=form.agree %}", form=form)
    assert draw("{% field bound=form.step %}", form=form) == (
        '<input type="hidden" name="step" id="id_step">'
    )


def test_form_fields_draws_all_of_them() -> None:
    html = draw("{% form_fields form=form mark_optional=False %}", form=Registration())

    for name in ("email", "major", "kind", "reasons", "password", "evidence", "agree", "step"):
        assert f'name="{name}"' in html
    assert "（可不填）" not in html


def test_error_summary_names_each_place_once_and_leads_to_it() -> None:
    html = draw("{% error_summary form=form %}", form=Registration({"email": "x"}))

    assert "还差五处" in html
    assert '<a href="#id_password">请填写密码</a>' in html
    assert '<a href="#id_reasons_0">请选择原因</a>' in html
    assert '<a href="#id_evidence">请附上证明材料</a>' in html
    assert '<a href="#id_email">电子邮箱：' in html
    assert 'role="alert"' in html


def test_error_summary_of_the_whole_form_leads_nowhere() -> None:
    form = Conclusion({"photo": "CORRECT"})
    form.add_error(None, "这项结论刚刚有了变化，请刷新后再试")
    html = draw("{% error_summary form=form %}", form=form)

    assert "还没办成" in html
    assert "<li>这项结论刚刚有了变化，请刷新后再试</li>" in html


def test_error_summary_is_nothing_while_nothing_is_wrong() -> None:
    assert draw("{% error_summary form=form %}", form=Conclusion()) == ""
    assert draw("{% error_summary form=form %}", form=Conclusion({"photo": "CORRECT"})) == ""


def test_conclusion_is_never_preselected() -> None:
    html = draw("{% conclusion_choice field=form.photo %}", form=Conclusion())

    assert html.count('type="radio"') == 2
    assert "checked" not in html
    assert "<legend>照片是你本人吗？</legend>" in html


def test_conclusion_not_given_says_which() -> None:
    html = draw("{% conclusion_choice field=form.photo %}", form=Conclusion({}))

    assert "还没回答：照片是你本人吗？" in html
    assert 'aria-describedby="id_photo_error"' in html
