"""The questions that every installation begins with; from then on they are the office's own."""

from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps as present
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone

from common.actors import SYSTEM
from common.models import HelpAudience

__all__ = ["FIRST", "First", "load_first_articles"]

_STEP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """One question that a release brings."""

    slug: str
    topic: str
    question: str
    answer: str
    audience: HelpAudience = HelpAudience.EVERYONE


_JOIN, _STUCK, _PHOTO, _TRUST = "注册", "进不来、找不到", "照片", "放心"

FIRST: Final = (
    First(
        slug="why-register",
        topic=_JOIN,
        question="注册了有什么用？",
        answer="注册并登记姓名、证件号码以后，你能看到学校上报学历注册用的照片和学籍信息，逐项核对，"
        "有误的当场报告。还能查办理进度、开验证报告给用人单位；毕业以后照样能登录查看，不收费。\n"
        "不核对，照片和信息里的错可能带到毕业证书和网上查询里，毕业后再改要省里批准。",
    ),
    First(
        slug="why-phone",
        topic=_JOIN,
        question="为什么要手机号或邮箱？",
        answer="用来登录、收验证码，忘了密码时凭它找回；照片到了、要再核对、快截止时通知你。"
        "邮箱和手机号有一个就能注册，两个都留更稳妥：一个不用了，另一个还能进来。"
        "短信不收费，也不会发广告。",
    ),
    First(
        slug="why-real-id",
        topic=_JOIN,
        question="为什么要真实的姓名和证件号码？",
        answer="学籍是按姓名和证件号码登记的，对上了才能确认你就是本人，别人看不到你的照片。"
        "号码加密保存，页面上都打星号；一个号码只能登记一个账号，确认后不能自己改，"
        "所以填之前对照证件看清楚，末位是 X 的也要写。",
    ),
    First(
        slug="family-phone",
        topic=_JOIN,
        question="用家人的手机号可以吗？",
        answer="可以，验证码发到那里，请家人转告你。以后有了自己的号码，在“账号”的[联系方式]里换。",
    ),
    First(
        slug="by-somebody-else",
        topic=_JOIN,
        question="可以请同学、班长代为注册或核对吗？",
        answer="不可以。照片是不是你本人、信息对不对，只有你说了算。"
        "任何人都不会向你要密码和验证码，要了也别给。班长只看得到谁核了、谁没核。",
    ),
    First(
        slug="no-sms",
        topic=_STUCK,
        question="收不到短信验证码",
        answer="等一分钟，看看是不是被手机拦到了垃圾短信里；号码欠费、停机收不到。"
        "十分钟内再点一次，收到的是同一个验证码。还不行，改用邮箱登录，或者用密码。",
    ),
    First(
        slug="new-phone",
        topic=_STUCK,
        question="换了手机号，原来的号码不用了",
        answer="用密码或邮箱登录，在[联系方式]里换成新号码。两样都没有了，带证件到柜台找回。"
        "号码停用以后运营商会给别人，请早一点换：{手机号可信天数} 天没用过的号码，"
        "光凭短信验证码进不了实名账号。",
    ),
    First(
        slug="forgotten",
        topic=_STUCK,
        question="忘了密码，或不记得用哪个邮箱、手机号登录",
        answer="在登录页点“[忘记密码]”，用收得到的邮箱或手机号设新密码；"
        "不记得登录名，[用姓名和证件号码找回](找回登录名)。",
    ),
    First(
        slug="no-record",
        topic=_STUCK,
        question="登录了，看不到学籍",
        answer="首页会告诉你是哪一种原因、下一步找谁：多半是姓名或号码填错了一个字、名册还没导入，"
        "或者名册里是你以前的证件号码。",
    ),
    First(
        slug="number-taken",
        topic=_STUCK,
        question="说我的证件号码已经被登记",
        answer="可能是你自己以前注册过，先试试[找回](找回登录名)。"
        "不是你注册的，登录后按页面上的“证件号码找回”办理，五个工作日内答复。",
    ),
    First(
        slug="photo-rules",
        topic=_PHOTO,
        question="拍照以前，想知道照片要符合什么要求",
        answer="用[照片自检]选一张照片，不用登录就能看到尺寸、背景、头的位置各是多少、要求是多少。"
        "照片不保存。结果只是参考：注册用的照片以学校安排的采集为准。",
    ),
    First(
        slug="not-chsi",
        topic=_TRUST,
        question="这是学信网吗？",
        answer="不是。这是学校自己的服务，不要在这里填学信网的账号和密码。"
        "学历、学籍的官方记录在学信网查询。",
    ),
    First(
        slug="who-sees",
        topic=_TRUST,
        question="谁能看到我的照片和号码？",
        answer="你自己，以及因工作需要的经办老师，每次打开都有记录，你在“账号”里查得到。"
        "登录记录保留 {登录记录保留天数} 天，查看记录保留 {查看记录保留天数} 天。"
        "详细的见[个人信息处理告知]。",
    ),
)


def load_first_articles(
    sender: Any = None,  # noqa: ARG001 -- Django's signal names it
    *,
    apps: Apps = present,
    using: str = DEFAULT_DB_ALIAS,
    **_signal: Any,
) -> None:
    """Add those of the first questions that are not there yet; never touch one that is.

    Runs after every `migrate` and `flush`, so that a new installation, one that was upgraded, and the database of
    a test begin with the same help. A question of a later release comes in; one that the office has
    changed or taken off the page has its slug still, and stays as the office left it.
    """
    if using != DEFAULT_DB_ALIAS:
        return
    try:
        article = apps.get_model("common", "HelpArticle")
        version = apps.get_model("common", "HelpVersion")
    except LookupError:  # migrated back to before there was a help
        return
    there = set(article.objects.using(using).values_list("slug", flat=True))
    missing = [(number, each) for number, each in enumerate(FIRST, 1) if each.slug not in there]
    if not missing:
        return
    now = timezone.now()  # noqa: TID251 -- like a command: `migrate` has no request to take it from
    with transaction.atomic(using=using):
        for number, each in missing:
            text = {
                "topic": each.topic,
                "question": each.question,
                "answer": each.answer,
                "audience": each.audience,
                "position": number * _STEP,
                "is_published": True,
            }
            row = article.objects.using(using).create(
                slug=each.slug,
                **text,
                created_at=now,
                changed_at=now,
                changed_by=SYSTEM.actor_label,
            )
            version.objects.using(using).create(
                article=row,
                number=1,
                **text,
                note="随系统安装",
                written_at=now,
                written_by=SYSTEM.actor_label,
            )
