"""What the desk fills in about a question of the help."""

from typing import Any, Final

from django import forms
from django.db.models import Max
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from common.admin import DeedForm
from common.models import HelpArticle, HelpAudience
from xuexin.help.articles import HelpContent, content_of
from xuexin.help.words import PAGES, PLACES

__all__ = ["ArticleForm", "NewArticleForm", "RestoreForm"]

_STEP: Final = 10
_WRITING: Final = (
    "一行一段。行首写“- ”是列表，写“1. ”是编号列表。",
    "**这样**加重；[页面名]或者[显示的字](页面名)是链接。",
    f"可以链接的页面：{'、'.join(PAGES)}。",
    f"可以用的变量：{'、'.join(f'{{{name}}}' for name in PLACES)}。",
)
_NOTE: Final = "为什么改，写进历史和审计记录；可以不写。"


class NewArticleForm(DeedForm):
    """A question that is not there yet."""

    topic = forms.ChoiceField(label="分组", required=False)
    new_topic = forms.CharField(
        label="或者新的分组", max_length=20, required=False, help_text="填了这里，就另起一组。"
    )
    question = forms.CharField(
        label="问题",
        max_length=60,
        help_text="照提问的人会说的话写，比如：收不到短信验证码",
    )
    answer = forms.CharField(
        label="回答",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=format_html_join(SafeString("<br>"), "{}", ((line,) for line in _WRITING)),
    )
    audience = forms.ChoiceField(
        label="给谁看",
        choices=HelpAudience.choices,
        initial=HelpAudience.EVERYONE,
        help_text="“所有人”不登录也看得到；其余的登录以后才看得到。教务处都看得到。",
    )
    position = forms.IntegerField(
        label="次序",
        min_value=0,
        max_value=9_999,
        help_text="小的在前。同一分组排在一起，分组的先后看它最前面的问题。",
    )
    is_published = forms.BooleanField(
        label="发布", required=False, help_text="不勾就是草稿，只有教务处在这里看得到。"
    )
    note = forms.CharField(label="说明", max_length=200, required=False, help_text=_NOTE)

    def __init__(self, *args: Any, obj: HelpArticle | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {**self.now_set(obj), **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)
        topics = HelpArticle.objects.order_by("position", "pk").values_list("topic", flat=True)
        field = self.fields["topic"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "请选择"), *((name, name) for name in dict.fromkeys(topics))]

    def now_set(self, article: HelpArticle | None) -> dict[str, Any]:
        """After all the others."""
        last = HelpArticle.objects.aggregate(last=Max("position"))["last"] or 0
        return {"position": last + _STEP}

    def clean(self) -> dict[str, Any]:
        """The words as one value."""
        given = super().clean() or {}
        topic = given.get("new_topic") or given.get("topic")
        if not topic:
            self.add_error("topic", "选一个分组，或者填一个新的。")
        if not self.errors:
            given["content"] = HelpContent(
                topic=str(topic),
                question=given["question"],
                answer=given["answer"],
                audience=HelpAudience(given["audience"]),
                position=given["position"],
                is_published=given["is_published"],
            )
        return given


class ArticleForm(NewArticleForm):
    """A question as it stands, to be changed; carries the version that was read."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def now_set(self, article: HelpArticle | None) -> dict[str, Any]:
        """As it stands."""
        if article is None:
            return {}
        content = content_of(article)
        return {
            **{name: getattr(content, name) for name in HelpContent.__slots__},
            "seen": article.version_no,
        }


class RestoreForm(DeedForm):
    """Which version's words are wanted back."""

    number = forms.TypedChoiceField(label="用回哪一版", coerce=int)
    note = forms.CharField(label="说明", max_length=200, required=False, help_text=_NOTE)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, obj: HelpArticle, **kwargs: Any) -> None:
        kwargs["initial"] = {"seen": obj.version_no, **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)
        former = obj.versions.exclude(number=obj.version_no).order_by("-number")
        field = self.fields["number"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                ("", "请选择"),
                *(
                    (
                        row.number,
                        f"第 {row.number} 版：{row.written_by}，{row.question}",
                    )
                    for row in former
                ),
            ]
