"""The picture: tried once, replaced without a script, expiring; when one is asked for."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from captcha.models import CaptchaStore
from django import forms
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from common.captcha import CaptchaAfter, CaptchaField, clear_expired_captchas
from tests.common.drawn import draw
from tests.factories.captcha import solved
from xuexin.pages import captcha as pages

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 12, 6, 32, tzinfo=UTC)


class AskForm(forms.Form):
    """A form with a picture."""

    name = forms.CharField(label="姓名")
    captcha = CaptchaField()


def answered(**data: str) -> AskForm:
    return AskForm({"name": "沈若溪", **data})


def test_right_answer_in_any_case_passes_once() -> None:
    answer = solved()
    answer["captcha_1"] = f" {answer['captcha_1'].lower()} "

    assert answered(**answer).is_valid()
    assert not answered(**answer).is_valid()


def test_wrong_answer_uses_the_picture_up() -> None:
    answer = solved()
    form = answered(captcha_0=answer["captcha_0"], captcha_1="11111")

    assert "照新的图填" in form.errors["captcha"][0]
    assert not answered(**answer).is_valid()


def test_missing_answer_says_what_to_type() -> None:
    assert "照着图填" in answered().errors["captcha"][0]


def test_old_picture_is_not_right_any_more() -> None:
    answer = solved()
    CaptchaStore.objects.update(expiration=timezone.now() - timedelta(seconds=1))

    assert not answered(**answer).is_valid()


def test_another_picture_comes_by_a_button_and_keeps_what_was_typed() -> None:
    answer = solved()
    form = answered(**answer, captcha_again="1")

    page = draw("{% form_fields form=form %}", form=form)

    assert "图已经换了" in form.errors["captcha"][0]
    assert "沈若溪" in page
    assert answer["captcha_0"] not in page
    assert not CaptchaStore.objects.filter(hashkey=answer["captcha_0"]).exists()


def test_field_is_drawn_with_label_hint_and_the_sending_button_first() -> None:
    page = draw("{% field bound=form.captcha %}", form=AskForm())

    assert 'for="id_captcha_1"' in page
    assert 'id="id_captcha_1"' in page
    assert "看不见图的，找教务处学籍科代办" in page
    assert page.index(">提交<") < page.index(">换一张<")
    assert "<script" not in page


def test_way_round_replaces_the_office() -> None:
    class Other(forms.Form):
        captcha = CaptchaField(way_round="看不见图的，用验证码登录。")

    page = draw("{% field bound=form.captcha %}", form=Other())

    assert "用验证码登录" in page
    assert "代办" not in page


def test_picture_is_a_png_that_tells_no_answer_and_stays_the_same(client: Client) -> None:
    key = CaptchaStore.generate_key()
    answers = [client.get(reverse("captcha-image", args=[key])) for _ in range(2)]

    assert [answer["Content-Type"] for answer in answers] == ["image/png"] * 2
    assert answers[0].content == answers[1].content
    assert Image.open(BytesIO(answers[0].content)).size == (208, 64)
    assert "no-store" in answers[0]["Cache-Control"]
    assert CaptchaStore.objects.get(hashkey=key).response not in str(answers[0].headers)


def test_unknown_picture_is_gone(client: Client) -> None:
    assert client.get(reverse("captcha-image", args=["f" * 40])).status_code == 410


def test_script_gets_another_picture_by_post_only(client: Client) -> None:
    address = reverse("captcha-refresh")

    assert client.get(address).status_code == 405
    made = client.post(address).json()
    assert client.get(made["image_url"]).status_code == 200
    assert CaptchaStore.objects.filter(hashkey=made["key"]).exists()


def test_pictures_are_limited_per_address(client: Client) -> None:
    address = reverse("captcha-image", args=["f" * 40])
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")

    answers = [client.get(address).status_code for _ in range(601)]

    assert pages.PICTURES_PER_ADDRESS.amount == 300
    assert 429 in answers[300:]
    assert elsewhere.get(address).status_code == 410


def test_challenges_are_readable_and_differ() -> None:
    pictures = [CaptchaStore.objects.get(hashkey=CaptchaStore.generate_key()) for _ in range(20)]

    assert len({each.challenge for each in pictures}) == 20
    assert not set("".join(each.challenge for each in pictures)) & set("0O1IQB8S5Z2GV6")


def test_expired_pictures_are_swept() -> None:
    CaptchaStore.generate_key()
    assert clear_expired_captchas(now=timezone.now()) == 0
    assert clear_expired_captchas(now=timezone.now() + timedelta(minutes=11)) == 1


def test_picture_is_due_after_the_failures_of_one_subject_and_not_of_another() -> None:
    after = CaptchaAfter("test", of_subject=2, of_address=5)
    request = RequestFactory().get("/")

    for _ in range(2):
        assert not after.is_due(request, "a", now=NOW)
        after.failed(request, "a", now=NOW)

    assert after.is_due(request, "a", now=NOW)
    assert not after.is_due(request, "b", now=NOW)
    assert not after.is_due(request, now=NOW)
    assert not after.is_due(request, "a", now=NOW + timedelta(hours=1))


def test_picture_is_due_from_every_address_once_a_subject_failed_often() -> None:
    after = CaptchaAfter("test", of_subject=3, of_address=5)
    requests = [RequestFactory(REMOTE_ADDR=f"203.0.113.{last}").get("/") for last in range(4)]

    for request in requests[:3]:
        after.failed(request, "a", now=NOW)

    assert after.is_due(requests[3], "a", now=NOW)


def test_picture_is_due_at_an_address_that_failed_with_many_subjects() -> None:
    after = CaptchaAfter("test", of_subject=3, of_address=5)
    request = RequestFactory(REMOTE_ADDR="203.0.113.1").get("/")
    other = RequestFactory(REMOTE_ADDR="203.0.113.2").get("/")

    for number in range(5):
        after.failed(request, f"n{number}", now=NOW)

    assert after.is_due(request, "new", now=NOW)
    assert not after.is_due(other, "new", now=NOW)
