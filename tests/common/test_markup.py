"""The office's small way of writing: what it draws, what it refuses, and that nothing else gets through."""

import random
import re

import pytest

from common.errors import InvalidInputError
from common.markup import check_markup, plain, render

pytestmark = pytest.mark.unit

PAGES = {"照片自检": "/self-check/", "登录": "/account/login/"}


def drawn(text: str, **values: str) -> str:
    return render(text, pages=PAGES, values=values)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("一\n二", "<p>一</p><p>二</p>"),
        ("一\r\n\r\n二\r\n", "<p>一</p><p>二</p>"),
        (
            "带上：\n- 证件\n- 照片\n到柜台",
            "<p>带上：</p><ul><li>证件</li><li>照片</li></ul><p>到柜台</p>",
        ),
        ("1. 登录\n2. 核对", "<ol><li>登录</li><li>核对</li></ol>"),
        ("1、登录\n2、核对", "<ol><li>登录</li><li>核对</li></ol>"),
        ("3. 再来", '<ol start="3"><li>再来</li></ol>'),
        ("**不要**给别人", "<p><strong>不要</strong>给别人</p>"),
        ("用[照片自检]量", '<p>用<a class="ui-link" href="/self-check/">照片自检</a>量</p>'),
        ("[量一量](照片自检)", '<p><a class="ui-link" href="/self-check/">量一量</a></p>'),
        (
            "- 去[登录]，**快**",
            '<ul><li>去<a class="ui-link" href="/account/login/">登录</a>，<strong>快</strong></li></ul>',
        ),
        ("2026.6.30 以前", "<p>2026.6.30 以前</p>"),
        ("-5 度", "<p>-5 度</p>"),
        ("", ""),
    ],
    ids=range(13),
)
def test_mark_is_drawn(text: str, html: str) -> None:
    check_markup(text, pages=PAGES)

    assert drawn(text) == html


@pytest.mark.parametrize(
    "typed",
    [
        "<b>粗</b>",
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "**<i>斜</i>**",
        "- <a href='https://elsewhere.test'>x</a>",
    ],
    ids=range(5),
)
def test_html_is_shown_as_it_is_typed(typed: str) -> None:
    html = drawn(typed)

    assert "&lt;" in html
    assert not any(tag in html for tag in ("<b>", "<script", "<img", "<i>", "<a "))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("看[学信网]", "没有叫“学信网”的页面"),
        ("[点这里](https://elsewhere.test)", "没有叫“https://elsewhere.test”的页面"),
        ("[点这里](javascript:1)", "没有叫“javascript:1”的页面"),
        ("[点这里]()", "没有叫“”的页面"),
        ("**没关上", "星号没有成对"),
        ("**跨了\n两行**", "星号没有成对"),
        ("看[登录", "方括号没有成对"),
        ("看登录]", "方括号没有成对"),
        ("[[登录]]", "方括号没有成对"),
    ],
    ids=range(9),
)
def test_slip_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as refusal:
        check_markup(text, pages=PAGES, field="answer")

    assert refusal.value.field == "answer"


def test_refused_page_is_told_what_there_is() -> None:
    with pytest.raises(InvalidInputError, match="照片自检、登录"):
        check_markup("[不存在]", pages=PAGES)


def test_value_is_text_whatever_it_holds() -> None:
    html = drawn("在{学校}**{学校}**", 学校="**<b>[登录]")

    assert html == "<p>在**&lt;b&gt;[登录]<strong>**&lt;b&gt;[登录]</strong></p>"


def test_page_that_is_no_more_leaves_its_words() -> None:
    assert render("去[旧页面]看", pages=PAGES, values={}) == "<p>去旧页面看</p>"


def test_plain_text_has_no_marks() -> None:
    text = "- 去[登录]\n**别**给[量一量](照片自检)，{学校}"

    assert plain(text, values={"学校": "远山大学"}) == "去登录\n别给量一量，远山大学"


def test_whatever_passes_the_check_is_drawn_with_known_tags_only() -> None:
    typed = random.Random(20260612)
    passed = 0
    for _ in range(4_000):
        text = "".join(typed.choices("[]()*-1. \n<>&\"'{}学登录", k=typed.randrange(1, 24)))
        try:
            check_markup(text, pages=PAGES)
        except InvalidInputError:
            continue
        passed += 1
        rest = re.sub(r'</?(p|ul|ol|li|strong)>|<ol start="\d{1,2}">', "", drawn(text))
        assert "<" not in rest, text
    assert passed > 100
