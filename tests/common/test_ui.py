"""Every component draws what it promises, in its own words, and refuses what it does not know."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.template import TemplateSyntaxError

from common.components import (
    ActionButton,
    FieldRow,
    MeterCounts,
    PhotoView,
    SheetPage,
    SheetRow,
    TimelineStep,
    Tone,
)
from common.icons import ICONS, TONE_ICONS
from common.templatetags import ui
from tests.common.drawn import LOCKS, SUBMITTED, draw

pytestmark = pytest.mark.unit

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "components"
ROWS_A_SHEET = 25


@pytest.mark.parametrize("tone", list(Tone))
def test_badge_is_icon_word_and_colour(tone: Tone) -> None:
    html = draw("{% badge state=tone label=label %}", tone=tone, label="正确，未锁定")

    assert f"ui-badge--{tone.value}" in html
    assert ICONS[TONE_ICONS[tone.value]] in html
    assert html.endswith("正确，未锁定</span>")


def test_badge_refuses_a_state_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="shiny"):
        draw('{% badge state="shiny" label="好" %}')


def test_tag_refuses_an_argument_it_does_not_know() -> None:
    with pytest.raises(TemplateSyntaxError, match="colour"):
        draw('{% badge state="done" label="好" colour="red" %}')


def test_tag_refuses_positional_arguments() -> None:
    with pytest.raises(TemplateSyntaxError):
        draw('{% badge "done" "好" %}')


def test_icon_is_silent_beside_a_word_and_speaks_alone() -> None:
    assert 'aria-hidden="true"' in draw('{% icon name="lock" %}')
    assert 'role="img" aria-label="已锁定"' in draw('{% icon name="lock" label="已锁定" %}')


def test_values_are_escaped() -> None:
    html = draw('{% badge state="done" label=label %}', label="<b>好</b>")

    assert "&lt;b&gt;" in html


def test_moment_is_a_time_element() -> None:
    assert draw("{% moment at=at %}", at=SUBMITTED) == (
        '<time class="nb" datetime="2026-06-12T14:32:00+08:00">6月12日（星期五）14:32</time>'
    )
    assert draw('{% moment at=at form="short" %}', at=SUBMITTED).endswith(">6月12日 14:32</time>")
    assert draw('{% moment at=at form="date" %}', at=date(2026, 6, 12)).endswith(
        "6月12日（星期五）</time>"
    )
    assert draw("{% moment at=at %}", at=None) == ""


def test_moment_in_a_field_may_break_only_between_day_and_clock() -> None:
    html = ui.moment(at=SUBMITTED, form="field")

    assert '<span class="nb">2026年6月12日</span> <span class="nb">星期五 14:32</span>' in html


def test_document_number_groups_carry_no_spaces_to_copy() -> None:
    html = draw('{% doc_no value="990101188603120023" kind="id_number" %}')

    assert html == (
        '<span class="ui-docno"><span>990101</span><span>18860312</span><span>0023</span></span>'
    )


def test_masked_number_has_a_spoken_name() -> None:
    html = draw('{% doc_no value="99**************23" kind="id_number" label="证件号码" %}')

    assert 'role="img" aria-label="证件号码，开头 99，末尾 23，其余已隐去"' in html


def test_field_list_shows_empty_values_as_empty() -> None:
    rows = [
        FieldRow(label="系所", value=""),
        FieldRow(label="学号", value="2022040127", kind="student_no"),
        FieldRow(label="层次", value="本科", note="6月1日更新"),
    ]
    html = draw("{% field_list rows=rows columns=2 %}", rows=rows)

    assert "ui-fields--2" in html
    assert '<dd class="is-empty">（空）</dd>' in html
    assert "<span>2022</span><span>0401</span><span>27</span>" in html
    assert '<span class="cap">6月1日更新</span>' in html


def test_missing_photo_is_drawn_as_missing() -> None:
    html = draw("{% photo_pair graduation=None admission=None %}")

    assert html.count("no-photo.svg") == 2
    assert 'alt="还没有毕业照片"' in html
    assert 'alt="没有录取照片"' in html


def test_photo_has_its_size_before_it_is_loaded() -> None:
    view = PhotoView(url="/p/1", alt="毕业照片", caption="毕业照片", zoom_url="/p/1/full")
    html = draw("{% photo view=view hero=True %}", view=view)

    assert 'src="/p/1" width="480" height="640" alt="毕业照片"' in html
    assert "ui-photo--hero" in html
    assert 'href="/p/1/full"' in html


def test_timeline_marks_the_present_step_for_eye_and_ear() -> None:
    steps = [
        TimelineStep(label="已拍摄", state="done", note="4月8日"),
        TimelineStep(label="等你核对", state="now"),
        TimelineStep(label="锁定", state="lock"),
    ]
    html = draw("{% timeline steps=steps %}", steps=steps)

    assert html.count('aria-current="step"') == 1
    assert "（正在这一步）" in html
    assert 'class="is-lock"' in html


def test_countdown_is_right_without_a_script() -> None:
    html = draw(
        "{% countdown locks_at=locks submitted_at=submitted now=now %}",
        locks=LOCKS,
        submitted=SUBMITTED,
        now=LOCKS - timedelta(hours=18, minutes=20, seconds=30),
    )

    assert (
        '18<span class="ui-clock__unit">小时</span>20<span class="ui-clock__unit">分</span>' in html
    )
    assert html.count('class="is-gone"') == 5
    assert html.count('class="is-now"') == 1
    assert "6月13日（星期六）14:32" in html
    assert f'data-ui-countdown="{LOCKS.isoformat()}"' in html
    assert "还能撤回" in html


def test_countdown_at_the_lock_says_locked() -> None:
    html = draw(
        "{% countdown locks_at=locks submitted_at=submitted now=locks %}",
        locks=LOCKS,
        submitted=SUBMITTED,
    )

    assert "已锁定" in html
    assert html.count('class="is-gone"') == 24


def test_class_meter_draws_one_cell_a_person() -> None:
    counts = MeterCounts(locked=17, open=4, disputed=2, todo=5, blocked=1)
    html = draw("{% class_meter counts=counts %}", counts=counts)

    cells = html.split("ui-meter__key", maxsplit=1)[0]
    assert counts.total == 29
    assert cells.count("<li") == 29
    assert cells.count("ui-cell--done") == 17
    assert "<b>17</b>" in html
    assert "没照片" in html


def test_class_meter_leaves_out_missing_photos_when_there_are_none() -> None:
    html = draw(
        "{% class_meter counts=counts %}", counts=MeterCounts(locked=1, open=0, disputed=0, todo=0)
    )

    assert "没照片" not in html


def test_progress_of_nothing_is_no_division_by_zero() -> None:
    html = draw('{% progress value=0 maximum=0 label="空的一批" unit="张" %}')

    assert re.search(r'<progress value="0"\s+max="1"', html)
    assert "<b>0</b> / 0 张" in html


def test_feedback_sheet_holds_table_and_cards_of_the_same_people() -> None:
    rows = tuple(
        SheetRow(
            number=number,
            student_no=f"20220401{number:02d}",
            name=f"学生{number}",
            result="照片有误" if number == 3 else "无误",
            tone=Tone.DISPUTED if number == 3 else Tone.DONE,
            is_open=number == 3,
            signature="陆清和（代）" if number == 2 else "",
        )
        for number in range(1, ROWS_A_SHEET + 1)
    )
    page = SheetPage(
        title="高等教育学历电子注册|图像信息校对反馈表|（2026 届）",
        class_line="班级名称：2022 级汉语言文学 2201 班",
        order_line="按学号由大到小，共 28 人",
        number=1,
        count=2,
        rows=rows,
        is_last=False,
        digest="9F3A71C05E2B",
        version=2,
        made_at=SUBMITTED,
    )
    html = draw("{% feedback_sheet page=page %}", page=page)

    table, cards = html.split("</table>")
    assert table.count("<tr>") == ROWS_A_SHEET + 1
    assert cards.count("<li>") == ROWS_A_SHEET
    assert "照片有误（暂定）" in table
    assert "照片有误（暂定）" in cards
    assert "陆清和（代）" in table
    assert "以下空白" not in html
    assert "辅导员签名：" in html
    assert "<span>9F3A</span><span>71C0</span><span>5E2B</span>" in html


def test_last_page_of_the_sheet_ends_with_blank_below() -> None:
    page = SheetPage(
        title="反馈表", class_line="", order_line="", number=1, count=1, rows=(), is_last=True
    )
    html = draw("{% feedback_sheet page=page %}", page=page)

    assert html.count("以下空白") == 2
    assert "ui-sheet__foot" not in html


@pytest.mark.parametrize(
    ("kind", "look", "word"),
    [
        ("closed", "", "核讫"),
        ("corrected", "ui-seal--line", "勘误"),
        ("pending", "ui-seal--ghost", "核讫"),
    ],
)
def test_seal(kind: str, look: str, word: str) -> None:
    html = draw('{% seal kind=kind size="sm" %}', kind=kind)

    assert look in html
    assert f">{word[0]}</text>" in html
    assert 'role="img"' in html


def test_action_that_changes_something_is_a_form_with_a_token() -> None:
    action = ActionButton(
        label="撤回", url="/x", method="post", tone="outline", icon="undo", name="seen", value="3"
    )
    html = draw("{% action_button action=action size='lg' %}", action=action, csrf_token="token")

    assert '<form method="post"' in html
    assert 'name="csrfmiddlewaretoken" value="token"' in html
    assert 'name="seen" value="3"' in html
    assert "btn btn-outline-primary btn-lg" in html


def test_action_that_only_leads_somewhere_is_a_link() -> None:
    html = draw(
        "{% action_button action=action %}",
        action=ActionButton(label="开始", url="/v", confirm=True),
    )

    assert "<form" not in html
    assert "data-ui-confirm" in html
    assert 'href="/v"' in html


def test_every_tag_with_a_template_has_exactly_one() -> None:
    drawn_in_python = {"icon", "moment", "doc_no", "capture"}
    templates = {path.stem for path in TEMPLATES.glob("*.html") if not path.stem.startswith("_")}

    assert templates == set(ui.register.tags) - drawn_in_python


def test_every_tag_stands_in_the_gallery() -> None:
    pages = TEMPLATES.parent / "pages"
    shown = "".join((pages / name).read_text() for name in ("gallery.html", "gallery_confirm.html"))
    within_others = {"photo", "capture", "error_summary"}

    missing = {name for name in ui.register.tags if f"{{% {name}" not in shown} - within_others
    assert missing == set()
