"""Boxes hold what is put in them, lists lead on, filters write as people do."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.core.paginator import Paginator
from django.test import RequestFactory

from common.components import ActionButton, NavItem, PhotoView
from common.templatetags import ui, ui_boxes
from tests.common.drawn import SHANGHAI, SUBMITTED, draw

pytestmark = pytest.mark.unit


def test_next_step_says_until_when_and_carries_the_token() -> None:
    html = draw(
        '{% next_step title="核对毕业照片|和学籍信息" until=until now=now action=action %}<p>三分钟</p>{% endnext_step %}',
        until=datetime(2026, 6, 16, 23, 0, tzinfo=SHANGHAI),
        now=SUBMITTED,
        action=ActionButton(label="开始", url="/v", method="post"),
        csrf_token="token",
    )

    assert '<span class="nb">核对毕业照片</span><span class="nb">和学籍信息</span>' in html
    assert "还有 4 天" in html
    assert 'value="token"' in html
    assert "<p>三分钟</p>" in html
    assert "ui-next--calm" not in html


def test_next_step_without_action_is_calm() -> None:
    assert "ui-next--calm" in draw('{% next_step title="没有事" %}{% endnext_step %}')


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '{% section title="一、照片" aside="20 项" %}x{% endsection %}',
            "<h2>一、照片<small>20 项</small></h2>",
        ),
        (
            '{% section title="窄处" level=3 %}x{% endsection %}',
            '<h3 class="ui-sec__title">窄处</h3>',
        ),
        ("{% paper %}x{% endpaper %}", "ui-paper--head"),
        ('{% note tone="error" %}x{% endnote %}', "ui-note--error ui-note--icon"),
        ("{% note %}x{% endnote %}", '<div class="ui-note"><div>x</div>'),
        (
            '{% fold summary="不好看？" is_open=True %}x{% endfold %}',
            '<details class="ui-fold" open>',
        ),
        ("{% rows %}x{% endrows %}", "ui-rows"),
        ('{% nothing title="没有" picture=True %}x{% endnothing %}', "no-photo.svg"),
        ('{% confirm title="确认吗" %}x{% endconfirm %}', '<h1 id="confirm-title">确认吗</h1>'),
        (
            '{% confirm title="确认吗" level=2 %}x{% endconfirm %}',
            '<h2 id="confirm-title">确认吗</h2>',
        ),
        ("{% confirm_lock %}x{% endconfirm_lock %}", "ui-seal--ghost"),
        ("{% actions %}x{% endactions %}", "ui-actions"),
        ('{% table_box label="问题" %}x{% endtable_box %}', 'aria-label="问题"'),
    ],
)
def test_box_holds_its_content(source: str, expected: str) -> None:
    html = draw(source)

    assert expected in html
    assert "x" in html


def test_box_does_not_escape_what_was_already_rendered() -> None:
    assert "<b>甲</b>" in draw("{% note %}<b>{{ name }}</b>{% endnote %}", name="甲")
    assert "&lt;i&gt;" in draw("{% note %}{{ name }}{% endnote %}", name="<i>")


def test_confirmation_shows_the_photo_alone() -> None:
    view = PhotoView(url="/p/1", alt="你的照片", caption="毕业照片", zoom_url="/p/1/full")
    html = draw('{% confirm_who photo=view name="沈若溪" %}y{% endconfirm_who %}', view=view)

    assert 'src="/p/1"' in html
    assert "看原图" not in html
    assert "沈若溪" in html


def test_capture_keeps_text_and_forgets_white_space() -> None:
    assert draw("{% capture as kept %} <b>题</b> {% endcapture %}[{{ kept }}]") == "[<b>题</b>]"
    assert draw("{% capture as kept %} \n {% endcapture %}{% if not kept %}空{% endif %}") == "空"


def test_row_is_a_link_only_when_it_leads_somewhere() -> None:
    linked = draw('{% row title="学籍" url="/r" icon="file" state="due" label="未锁定" %}')
    plain = draw('{% row title="学籍" note="已更新" %}')

    assert '<a class="ui-row" href="/r">' in linked
    assert "ui-badge--due" in linked
    assert "<a" not in plain
    assert "已更新" in plain


def test_tabs_look_list_paste_box_and_print_button() -> None:
    items = [NavItem(label="本科", url="/1", current=True), NavItem(label="二学位", url="/2")]

    assert (
        draw('{% tabs items=items label="学籍" %}', items=items).count('aria-current="page"') == 1
    )
    assert draw("{% look_list items=items %}", items=["甲", "乙"]).count("<li>") == 2
    paste = draw('{% paste_box text=text label="可粘贴" anchor="remind" %}', text="一\n二")
    assert re.search(r'<button[^>]*data-ui-copy="remind"[^>]*hidden', paste)
    assert re.search(
        r"<button[^>]*data-ui-print[^>]*hidden", draw('{% print_button label="打印" %}')
    )


def test_pagination_keeps_the_rest_of_the_address() -> None:
    request = RequestFactory().get("/list", {"q": "云岭", "page": "2"})
    page = Paginator(range(45), 20).get_page(2)
    html = draw("{% pagination page=page %}", page=page, request=request)

    assert 'href="?q=%E4%BA%91%E5%B2%AD&amp;page=1"' in html
    assert 'href="?q=%E4%BA%91%E5%B2%AD&amp;page=3"' in html
    assert "第 2 页，共 3 页，45 条" in html


def test_pagination_of_one_page_is_nothing() -> None:
    assert draw("{% pagination page=page %}", page=Paginator(range(3), 20).get_page(1)) == ""


def test_pagination_ends_without_a_dead_link() -> None:
    html = draw("{% pagination page=page %}", page=Paginator(range(45), 20).get_page(3))

    assert 'rel="prev"' in html
    assert 'rel="next"' not in html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ at|moment_sentence }}", "6月12日（星期五）14:32"),
        ("{{ at|until_sentence }}", "6月12日（星期五）14:32"),
        ("{{ at|moment_field }}", "2026年6月12日 星期五 14:32"),
        ("{{ at|moment_short }}", "6月12日 14:32"),
        ("{{ day|date_cn }}", "2026年06月30日"),
        ("{{ day|date_sentence }}", "6月30日（星期二）"),
        ("{{ at|days_left:now }}", "还有 2 小时"),
        ("{{ size|file_size }}", "64 KB"),
        ("{{ delta|duration }}", "24 小时"),
        ("{{ text|clauses }}", '<span class="nb">甲&lt;</span><span class="nb">乙</span>'),
        ("{{ plain|clauses }}", "甲乙"),
    ],
)
def test_filters(source: str, expected: str) -> None:
    context = {
        "at": SUBMITTED,
        "now": SUBMITTED - timedelta(hours=2),
        "day": date(2026, 6, 30),
        "size": 65_536,
        "delta": timedelta(hours=24),
        "text": "甲<|乙",
        "plain": "甲乙",
    }

    assert draw(source, **context) == expected


@pytest.mark.parametrize(
    "name",
    [
        "moment_sentence",
        "until_sentence",
        "moment_field",
        "moment_short",
        "date_cn",
        "date_sentence",
        "duration",
        "file_size",
    ],
)
def test_filters_of_nothing_are_empty(name: str) -> None:
    assert draw("{{ nothing|" + name + " }}", nothing=None) == ""


def test_message_levels_have_tones() -> None:
    assert draw('{{ "success"|message_tone }}{{ "info"|message_tone }}') == "doneplain"


def test_every_box_is_loaded_with_the_leaves() -> None:
    assert set(ui_boxes.register.tags) <= set(ui.register.tags)
