"""Moments, spans, sizes and numbers in Chinese, to the minute and at their edges."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from common import wording

pytestmark = pytest.mark.unit

SHANGHAI = timezone(timedelta(hours=8))
DEADLINE = datetime(2026, 6, 16, 23, 0, tzinfo=SHANGHAI)


def test_moment_in_a_sentence_carries_weekday_and_minute() -> None:
    assert wording.moment_sentence(DEADLINE) == "6月16日（星期二）23:00"


def test_moment_in_a_field_carries_the_year() -> None:
    at = datetime(2026, 6, 12, 14, 32, tzinfo=SHANGHAI)

    assert wording.moment_field(at) == "2026年6月12日 星期五 14:32"
    assert wording.moment_short(at) == "6月12日 14:32"


def test_moment_from_another_zone_is_shown_in_shanghai() -> None:
    assert (
        wording.moment_sentence(datetime(2026, 6, 12, 17, 5, tzinfo=UTC))
        == "6月13日（星期六）01:05"
    )


def test_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        wording.moment_sentence(datetime(2026, 6, 12, 17, 5))  # noqa: DTZ001 -- the point of the test


def test_deadline_at_midnight_belongs_to_the_day_before() -> None:
    midnight = datetime(2026, 10, 1, 0, 0, tzinfo=SHANGHAI)

    assert wording.until_sentence(midnight) == "9月30日（星期三）24:00"
    assert wording.until_field(midnight) == "2026年9月30日 星期三 24:00"
    assert wording.until_sentence(midnight + timedelta(minutes=1)) == "10月1日（星期四）00:01"
    assert wording.until_sentence(DEADLINE) == "6月16日（星期二）23:00"


def test_dates_in_record_and_sentence() -> None:
    assert wording.date_cn(date(2026, 6, 30)) == "2026年06月30日"
    assert wording.date_cn(date(1886, 3, 12)) == "1886年03月12日"
    assert wording.date_sentence(date(2026, 6, 14)) == "6月14日（星期日）"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=4, hours=3), "还有 4 天"),
        (timedelta(days=1), "还有 1 天"),
        (timedelta(days=1) - timedelta(seconds=1), "还有 23 小时"),
        (timedelta(hours=3), "还有 3 小时"),
        (timedelta(hours=1) - timedelta(seconds=1), "还有 59 分钟"),
        (timedelta(minutes=1), "还有 1 分钟"),
        (timedelta(seconds=1), "还有不到 1 分钟"),
        (timedelta(0), "已截止"),
        (timedelta(days=-3), "已截止"),
    ],
)
def test_time_left_never_promises_more_than_there_is(left: timedelta, words: str) -> None:
    assert wording.days_left(DEADLINE, now=DEADLINE - left) == words


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(hours=24), "24 小时"),
        (timedelta(hours=48), "48 小时"),
        (timedelta(days=3), "3 天"),
        (timedelta(hours=73), "73 小时"),
        (timedelta(minutes=90), "90 分钟"),
        (timedelta(0), "0 小时"),
    ],
)
def test_duration(delta: timedelta, words: str) -> None:
    assert wording.duration(delta) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 字节"),
        (1023, "1023 字节"),
        (1024, "1 KB"),
        (65_536, "64 KB"),
        (5 * 1024 * 1024, "5 MB"),
        (1_600_000, "1.5 MB"),
        (3 * 1024**3, "3 GB"),
    ],
)
def test_file_size(size: int, words: str) -> None:
    assert wording.file_size(size) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "一"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (35, "三十五"),
        (99, "九十九"),
        (0, "0"),
        (100, "100"),
    ],
)
def test_numeral(number: int, words: str) -> None:
    assert wording.numeral_cn(number) == words


def test_count_says_two_as_people_do() -> None:
    assert [wording.count_cn(number, "处") for number in (1, 2, 12, 20)] == [
        "一处",
        "两处",
        "十二处",
        "20 处",
    ]


def test_year_digit_by_digit() -> None:
    assert wording.year_cn(2026) == "二〇二六"


@pytest.mark.parametrize(
    ("value", "kind", "groups"),
    [
        ("990101188603120023", "id_number", ("990101", "18860312", "0023")),
        ("99**************23", "id_number", ("99****", "********", "**23")),
        ("990101860312002", "id_number", ("990101", "860312", "002")),
        ("E1234567", "id_number", ("E123", "4567")),
        ("2022040127", "student_no", ("2022", "0401", "27")),
        ("22990101010123", "candidate_no", ("22", "99", "0101", "010123")),
        ("7K3Q9FHM2XWD4RTP", "code", ("7K3Q", "9FHM", "2XWD", "4RTP")),
        ("云岭 2201", "plain", ("云岭 2201",)),
        ("", "student_no", ()),
        ("", "plain", ()),
    ],
)
def test_number_is_cut_into_the_groups_it_is_read_in(
    value: str, kind: wording.NumberKind, groups: tuple[str, ...]
) -> None:
    assert wording.number_groups(value, kind) == groups
    assert "".join(groups) == value


def test_masked_number_says_aloud_only_what_is_seen() -> None:
    assert (
        wording.number_spoken("99**************23", "证件号码")
        == "证件号码，开头 99，末尾 23，其余已隐去"
    )
    assert wording.number_spoken("****", "学号") == "学号，其余已隐去"
    assert wording.number_spoken("1**", "") == "开头 1，其余已隐去"
