"""The help at the desk: questions are written with a preview, every version is kept and can come back."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin import Act, Deed, DeedForm, Panel, ReadonlyAdmin, WorkflowAdmin, moment, rehearsal
from common.errors import InvalidInputError, StaleStateError
from common.markup import render
from common.models import HelpArticle, HelpText, HelpVersion
from xuexin.admin.help_forms import ArticleForm, NewArticleForm, RestoreForm
from xuexin.admin.help_panels import ReadingPanel, both_panel, history_panel
from xuexin.help.articles import restore_version, revise_article, write_article
from xuexin.help.reading import topics_with
from xuexin.help.words import page_addresses, values


def _write(_obj: None, act: Act) -> HelpArticle:
    return write_article(
        content=act.given["content"], note=act.given["note"], actor=act.actor, now=act.now
    )


def _revise(article: HelpArticle, act: Act) -> HelpArticle:
    try:
        return revise_article(
            article=article,
            content=act.given["content"],
            seen=act.given["seen"],
            note=act.given["note"],
            actor=act.actor,
            now=act.now,
        )
    except StaleStateError as error:  # the form stays, with what was typed
        raise InvalidInputError(str(error)) from error


def _restore(article: HelpArticle, act: Act) -> HelpArticle:
    try:
        return restore_version(
            article=article,
            number=act.given["number"],
            seen=act.given["seen"],
            note=act.given["note"],
            actor=act.actor,
            now=act.now,
        )
    except StaleStateError as error:
        raise InvalidInputError(str(error)) from error


def _reading(article: HelpArticle, label: str) -> Sequence[Panel]:
    """The page as it would be; asked inside of the rehearsal."""
    whom = f"{article.get_audience_display()}会看到的样子"
    remark = (
        f"还没有保存。下面是保存以后{whom}，这个问题已经打开。"
        if article.is_published
        else f"还没有保存，保存以后也只是草稿，只有教务处在工作台看得到。发布以后{whom}是这样。"
    )
    return [
        ReadingPanel(title=whom, topics=topics_with(article), remark=remark, submit_label=label)
    ]


def _preview_new(obj: None, act: Act) -> Sequence[Panel]:
    with rehearsal():
        article = _write(obj, act)
        return _reading(article, _save_label(article))


def _preview_change(article: HelpArticle, act: Act) -> Sequence[Panel]:
    with rehearsal():
        changed = _revise(HelpArticle.objects.get(pk=article.pk), act)
        return _reading(changed, _save_label(changed))


def _preview_restore(article: HelpArticle, act: Act) -> Sequence[Panel]:
    with rehearsal():
        return _reading(_restore(HelpArticle.objects.get(pk=article.pk), act), "用回这一版")


def _save_label(article: HelpArticle) -> str:
    return "保存并发布" if article.is_published else "存为草稿"


def _said(article: HelpArticle) -> str:
    where = "读者现在看到的就是它" if article.is_published else "还是草稿，读者看不到"
    return f"已存为第 {article.version_no} 版，{where}"


def _has_former(article: HelpArticle, _act: Act) -> bool:
    return article.version_no > 1


def _drawn(source: HelpText) -> SafeString:
    drawn = render(source.answer, pages=page_addresses(), values=values())
    return format_html('<div class="ui-answer">{}</div>', drawn)


@admin.register(HelpArticle)
class HelpArticleAdmin(WorkflowAdmin):
    """Questions of the help: written, changed and put back by services, previewed as readers see them."""

    list_display = (
        "question",
        "topic",
        "audience",
        "position",
        "is_published",
        moment("changed_at", "最近修改"),
        "changed_by",
    )
    list_filter = ("is_published", "audience", "topic")
    search_fields = ("question", "answer")
    search_help_text = "问题或回答里的字"
    ordering = ("position", "id")
    fields = (
        "question",
        "answer_shown",
        "topic",
        "audience",
        "position",
        "is_published",
        "address",
        "version_no",
        "changed_at",
        "changed_by",
    )
    readonly_fields = ("answer_shown", "address")
    create = Deed(
        name="create",
        label="新增问题",
        lead="写好先看样子，再存。",
        form=NewArticleForm,
        asks_first=True,
        preview=_preview_new,
        run=_write,
    )
    deeds = (
        Deed(
            name="change",
            label="修改",
            lead="改好先看样子，再存。每一版都留在历史里。",
            form=ArticleForm,
            asks_first=True,
            preview=_preview_change,
            run=lambda article, act: _said(_revise(article, act)),
        ),
        Deed(
            name="restore",
            label="用回旧版",
            lead="把以前某一版的文字拿回来，存成新的一版；中间的版本都还在。",
            form=RestoreForm,
            asks_first=True,
            is_offered=_has_former,
            preview=_preview_restore,
            run=lambda article, act: _said(_restore(article, act)),
        ),
    )

    @admin.display(description="回答")
    def answer_shown(self, article: HelpArticle) -> SafeString:
        """As readers see it."""
        return _drawn(article)

    @admin.display(description="网址")
    def address(self, article: HelpArticle) -> SafeString:
        """What leads straight to the question; it stays the same whatever the question is called."""
        url = f"{reverse('help')}?open={article.slug}#{article.slug}"
        return format_html('<a href="{}">{}</a>', url, url)

    def panels(self, request: HttpRequest, obj: HelpArticle) -> Sequence[Panel]:
        """Every version."""
        return [history_panel(obj, may_act=self.may_act(request))]

    def perform(self, request: HttpRequest, obj: Any, deed: Deed) -> HttpResponse:
        """Back from the preview to the form with everything that was typed."""
        if request.method == "POST" and "_again" in request.POST:
            form = deed.form(request.POST, obj=obj)
            return self.draw(request, obj, deed, form, (), is_filled=False)
        return super().perform(request, obj, deed)

    def draw(
        self,
        request: HttpRequest,
        obj: Any,
        deed: Deed,
        form: DeedForm,
        panels: Sequence[Panel],
        *,
        is_filled: bool = True,
    ) -> HttpResponse:
        """The preview on a page of the portal itself; the form with both texts when two wrote at once."""
        reading = next((panel for panel in panels if isinstance(panel, ReadingPanel)), None)
        if reading is not None:
            context = {**self.frame(request, obj, deed), "form": form, "reading": reading}
            return TemplateResponse(request, "pages/help_preview.html", context)
        both = _both(obj, form) if obj is not None and form.is_bound else ()
        return super().draw(request, obj, deed, form, [*both, *panels], is_filled=is_filled)


def _both(article: HelpArticle, form: DeedForm) -> Sequence[Panel]:
    """Both texts, when the form was opened on an older version; saving it again is then deliberate."""
    seen = (
        form.cleaned_data.get("seen") if form.is_bound and hasattr(form, "cleaned_data") else None
    )
    current = HelpArticle.objects.get(pk=article.pk)
    if seen is None or seen == current.version_no:
        return ()
    typed = cast("QueryDict", form.data).copy()
    typed["seen"] = str(current.version_no)
    form.data = typed
    return both_panel(current, seen=seen, mine=form.cleaned_data.get("content"))


@admin.register(HelpVersion)
class HelpVersionAdmin(ReadonlyAdmin):
    """One version of a question, as readers saw it then but for values that have changed since."""

    list_display = ("article", "number", moment("written_at", "什么时候"), "written_by", "note")
    list_select_related = ("article",)
    search_fields = ("question", "answer")
    search_help_text = "那一版里的字"
    ordering = ("-written_at", "-id")
    fields = (
        "article",
        "number",
        "restored_no",
        "question",
        "answer_shown",
        "answer",
        "topic",
        "audience",
        "position",
        "is_published",
        "note",
        "written_at",
        "written_by",
    )
    readonly_fields = ("answer_shown",)

    @admin.display(description="看起来")
    def answer_shown(self, version: HelpVersion) -> SafeString:
        """With marks and places read as they are today."""
        return _drawn(version)
