"""The registrar changes an answer with a preview, a visitor reads it, the registrar puts the old one back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from common.models import HelpArticle
from tests.browser.stories import log_in
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
Look = Callable[[Page, str], None]
NEW = (
    "先看是不是被手机拦到了垃圾短信里。\n"
    "- 欠费、停机的号码收不到\n"
    "- 十分钟内再点一次，收到的是**同一个**验证码\n"
    "还不行，[改用邮箱登录](登录)，或者到{经办科室}来。"
)


@pytest.fixture
def look(
    check_accessibility: Callable[[Page], None], photograph: Callable[[Page, str], Path]
) -> Look:
    """Run axe, then photograph."""

    def run(page: Page, name: str) -> None:
        check_accessibility(page)
        photograph(page, name)

    return run


def test_answer_is_changed_read_and_put_back(
    new_page: Callable[..., Page], li: User, look: Look, photograph: Callable[[Page, str], Path]
) -> None:
    article = HelpArticle.objects.get(slug="no-sms")
    desk, visitor = new_page(), new_page(javascript=False)
    log_in(desk, str(li.email), PASSWORD)
    desk.goto("/admin/common/helparticle/")
    look(desk, "help-list")
    desk.get_by_role("link", name=article.question).click()
    look(desk, "help-article")
    desk.locator("ul.ui-acts").get_by_role("link", name="修改").click()
    look(desk, "help-form")

    desk.get_by_label("回答").fill(f"{NEW}{{地点}}")
    desk.get_by_role("button", name="看看会怎样").click()
    expect(desk.get_by_text("没有“{地点}”这个变量")).to_be_visible()
    look(desk, "help-refused")
    desk.get_by_label("回答").fill(NEW)
    desk.get_by_label("说明").fill("有人停机了还在等")
    desk.get_by_role("button", name="看看会怎样").click()
    expect(desk.get_by_role("link", name="改用邮箱登录")).to_be_visible()
    expect(desk.get_by_text("还没有保存")).to_be_visible()
    look(desk, "help-preview")
    desk.get_by_role("button", name="再改改").click()
    expect(desk.get_by_label("回答")).to_have_value(NEW)
    desk.get_by_role("button", name="看看会怎样").click()
    desk.get_by_role("button", name="保存并发布").click()
    expect(desk.get_by_text("已存为第 2 版")).to_be_visible()
    look(desk, "help-saved")

    visitor.goto("/help/")
    visitor.get_by_label("找一个词").fill("停机")
    visitor.get_by_role("button", name="找").click()
    expect(visitor.get_by_text("找到 1 个问题")).to_be_visible()
    expect(visitor.get_by_role("link", name="改用邮箱登录")).to_be_visible()
    photograph(visitor, "help-found")

    desk.get_by_role("link", name="用回这一版").click()
    look(desk, "help-restore")
    desk.get_by_role("button", name="看看会怎样").click()
    expect(desk.get_by_text("等一分钟")).to_be_visible()
    desk.get_by_role("button", name="用回这一版").click()
    expect(desk.get_by_text("已存为第 3 版")).to_be_visible()

    visitor.goto(f"/help/?open={article.slug}#{article.slug}")
    expect(visitor.get_by_text("等一分钟")).to_be_visible()
    expect(visitor.get_by_text("垃圾短信")).to_be_visible()
    assert article.versions.count() == 3


def test_two_editors_at_once_lose_nothing(
    new_page: Callable[..., Page], li: User, look: Look
) -> None:
    article = HelpArticle.objects.get(slug="not-chsi")
    first, second = new_page(), new_page()
    for page in (first, second):
        log_in(page, str(li.email), PASSWORD)
        page.goto(f"/admin/common/helparticle/{article.pk}/do/change/")
    first.get_by_label("回答").fill("不是，这是学校自己的服务。")
    first.get_by_role("button", name="看看会怎样").click()
    first.get_by_role("button", name="保存并发布").click()
    expect(first.get_by_text("已存为第 2 版")).to_be_visible()

    second.get_by_label("回答").fill("不是。")
    second.get_by_role("button", name="看看会怎样").click()
    expect(second.get_by_text("别人刚改过这个问题")).to_be_visible()
    expect(second.get_by_text("不是，这是学校自己的服务。")).to_be_visible()
    expect(second.get_by_label("回答")).to_have_value("不是。")
    look(second, "help-both")


def test_visitor_comes_by_a_link_and_reads_on_a_phone(page: Page, look: Look) -> None:
    page.goto("/")
    page.get_by_role("link", name="要手机号").click()
    expect(page.get_by_text("短信不收费")).to_be_visible()
    look(page, "help-open")

    page.goto("/help/#who-sees")
    expect(page.get_by_text("登录记录保留")).to_be_visible()

    page.get_by_label("找一个词").fill("食堂")
    page.get_by_role("button", name="找").click()
    expect(page.get_by_text("没有找到“食堂”")).to_be_visible()
    look(page, "help-nothing")
