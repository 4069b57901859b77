"""Why a person sees no record: the causes, and the one next step of each.

Sources: the table "找不到自己的在校生学籍" (account data wrong, record wrong, 专升本 with the earlier
diploma unchecked), the notices on two document numbers and on officer cards, and the roster's dates.

Only what the person proved by the school's fact reaches this module, so that no cause tells a
stranger whether a number or a name is in the roster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from accounts.identity import canonical_number, check_number, name_problems
from enrollment.matching.names import NameLikeness, compare_names
from enrollment.matching.numbers import NumberLikeness, compare_numbers


class Cause(StrEnum):
    """Why no record is shown, the more certain ones first; the value is stored in the trail."""

    ALREADY_YOURS = "already_yours"
    READY = "ready"
    HIDDEN = "hidden"
    TAKEN = "taken"
    DECLARED_NUMBER_WRONG = "declared_number_wrong"
    DECLARED_NAME_WRONG = "declared_name_wrong"
    ROSTER_NUMBER_WRONG = "roster_number_wrong"
    ROSTER_NAME_WRONG = "roster_name_wrong"
    OLDER_NUMBER = "older_number"
    OTHER_DOCUMENT = "other_document"
    OTHER_NUMBER = "other_number"
    NUMBER_DIFFERS = "number_differs"
    NAME_DIFFERS = "name_differs"
    PRIOR_DIPLOMA = "prior_diploma"
    TOP_UP_WAITING = "top_up_waiting"
    NOT_IMPORTED = "not_imported"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """Where the record stands that agrees with the person in everything."""

    FREE = "free"
    MINE = "mine"
    SOMEBODY_ELSES = "somebody_elses"


class Owner(StrEnum):
    """Whose turn it is, as the page says it."""

    YOU = "你"
    OFFICE = "教务处学籍科"
    SCHOOL = "学校"


class Step(StrEnum):
    """The one thing to do next; pages know where it is done."""

    HOME = "home"
    BIND = "bind"
    CLAIM = "claim"
    COUNTER = "counter"
    RESCUE = "rescue"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A person beside one record whose fact they knew; numbers as delivered, of whatever kind.

    The fact is secret when it is the candidate number; a student number is known to classmates.
    """

    declared_name: str
    declared_number: str
    declared_type: str
    roster_name: str
    roster_number: str
    roster_type: str
    other_numbers: tuple[str, ...] = ()
    is_fact_secret: bool = False
    standing: Standing = Standing.FREE
    is_hidden: bool = False
    awaits_prior_diploma: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is told about a cause: what is found, whose turn it is, what follows, the one step."""

    title: str
    text: str
    owner: Owner
    turn: str
    after: str
    step: Step


def causes_of(
    traces: Sequence[Trace], *, is_top_up: bool, is_cohort_known: bool
) -> tuple[Cause, ...]:
    """Every cause that holds, the one to act on first; UNKNOWN when none can be told.

    `traces` are the records whose school fact the person gave. A record whose name and number have
    nothing in common with the person's is somebody else's and adds no word to the answer.
    """
    found = {cause for trace in traces for cause in _causes_of_trace(trace)}
    if not found and is_top_up:
        found.add(Cause.TOP_UP_WAITING)
    if not found - {Cause.TOP_UP_WAITING} and not is_cohort_known:
        found.add(Cause.NOT_IMPORTED)
    return tuple(cause for cause in Cause if cause in found) or (Cause.UNKNOWN,)


def _causes_of_trace(trace: Trace) -> list[Cause]:
    if trace.standing is Standing.MINE:
        return [Cause.HIDDEN if trace.is_hidden else Cause.ALREADY_YOURS]
    name = compare_names(trace.declared_name, trace.roster_name)
    number = _best_number(trace)
    agrees = name is NameLikeness.SAME and number is NumberLikeness.SAME
    if trace.standing is Standing.SOMEBODY_ELSES:
        return [Cause.TAKEN] if agrees and trace.is_fact_secret else []
    if agrees:
        return [_free(trace)]
    if name is None or (number is None and not _may_have_two_numbers(trace, name)):
        return []
    found = [_other_number(trace)] if number is None else []
    if number not in {None, NumberLikeness.SAME}:
        found.append(_number_cause(trace, number))
    if name is not NameLikeness.SAME:
        found.append(_name_cause(trace))
    return [*found, *_prior(trace)]


def _may_have_two_numbers(trace: Trace, name: NameLikeness) -> bool:
    """A name and a student number stand on every class list: they prove nothing by themselves."""
    return name is NameLikeness.SAME and trace.is_fact_secret


def _best_number(trace: Trace) -> NumberLikeness | None:
    """The closest likeness between the record's number and any number of the person."""
    mine = (trace.declared_number, *trace.other_numbers)
    likenesses = {compare_numbers(number, trace.roster_number) for number in mine}
    return next((likeness for likeness in NumberLikeness if likeness in likenesses), None)


def _free(trace: Trace) -> Cause:
    if trace.is_hidden:
        return Cause.HIDDEN
    return Cause.PRIOR_DIPLOMA if trace.awaits_prior_diploma else Cause.READY


def _prior(trace: Trace) -> list[Cause]:
    return [Cause.PRIOR_DIPLOMA] if trace.awaits_prior_diploma else []


def _other_number(trace: Trace) -> Cause:
    """Name and fact are right and the numbers are two: another kind of document, or a later number."""
    if trace.declared_type != trace.roster_type:
        return Cause.OTHER_DOCUMENT
    return Cause.OTHER_NUMBER


def _number_cause(trace: Trace, likeness: NumberLikeness | None) -> Cause:
    """Who wrote the number wrongly, as far as check digits tell: two right ones are never so near."""
    if likeness is NumberLikeness.OLDER_FORM:
        return Cause.OLDER_NUMBER
    # Both are read as the roster's kind: whoever's number has a wrong check digit had to declare it
    # as 其他, which has none.
    mine_holds = _holds(trace.declared_number, trace.roster_type)
    theirs_holds = _holds(trace.roster_number, trace.roster_type)
    if mine_holds and not theirs_holds:
        return Cause.ROSTER_NUMBER_WRONG
    if theirs_holds and not mine_holds:
        return Cause.DECLARED_NUMBER_WRONG
    return Cause.NUMBER_DIFFERS


def _holds(number: str, kind: str) -> bool:
    return not check_number(canonical_number(number, kind), kind)


def _name_cause(trace: Trace) -> Cause:
    mine_odd = bool(name_problems(trace.declared_name))
    theirs_odd = bool(name_problems(trace.roster_name))
    if theirs_odd and not mine_odd:
        return Cause.ROSTER_NAME_WRONG
    if mine_odd and not theirs_odd:
        return Cause.DECLARED_NAME_WRONG
    return Cause.NAME_DIFFERS


def advice_on(cause: Cause) -> Advice:
    """What is told about a cause; the words never hold a value of the roster."""
    return _ADVICE[cause]


_ANSWER = "教务处学籍科核实，5 个工作日内答复"

_ADVICE: dict[Cause, Advice] = {
    Cause.ALREADY_YOURS: Advice(
        title="这条学籍|已经在你的账号里",
        text="名册里的这条学籍早就绑定到你，首页就能看到。",
        owner=Owner.YOU,
        turn="到首页看你的学籍",
        after="信息不对，在核对时选“有误”",
        step=Step.HOME,
    ),
    Cause.READY: Advice(
        title="对上了，|只差绑定这一步",
        text="姓名、证件号码和你刚才填的都和名册一致，这条学籍还没有绑定。",
        owner=Owner.YOU,
        turn="去绑定，填同一个号码",
        after="绑定后马上能看到学籍和照片",
        step=Step.BIND,
    ),
    Cause.HIDDEN: Advice(
        title="你的学籍在，|现在暂不显示",
        text="学校把它暂时收起来了，多半是身份复核还没有办完。学籍没有丢。",
        owner=Owner.OFFICE,
        turn="联系教务处学籍科，问复核办到哪一步",
        after="复核办完当天恢复显示",
        step=Step.COUNTER,
    ),
    Cause.TAKEN: Advice(
        title="这条学籍|绑定在另一个账号上",
        text="可能是你以前注册过，也可能是别人拿你的证件号码注册了。",
        owner=Owner.YOU,
        turn="先想想是不是用别的邮箱、手机号注册过；不是你，就申请找回",
        after="两位老师分别核实，5 个工作日内答复",
        step=Step.RESCUE,
    ),
    Cause.DECLARED_NUMBER_WRONG: Advice(
        title="证件号码|登记时写错了一处",
        text="你登记的号码通不过校验，和名册里的只差一处。名册没有错，改了就能看到。",
        owner=Owner.YOU,
        turn="带证件到教务处学籍科更正，当场改好",
        after="改好后回来绑定",
        step=Step.COUNTER,
    ),
    Cause.DECLARED_NAME_WRONG: Advice(
        title="姓名|登记时写得和证件不一样",
        text="你登记的姓名里有缺字、自造字或不标准的间隔点，和名册只差这一处。",
        owner=Owner.YOU,
        turn="带证件到教务处学籍科更正，当场改好",
        after="改好后回来绑定",
        step=Step.COUNTER,
    ),
    Cause.ROSTER_NUMBER_WRONG: Advice(
        title="名册里的证件号码|有一处错",
        text="你登记的号码没有错，是名册里的那个通不过校验。",
        owner=Owner.YOU,
        turn="提交认领，附上证件照片",
        after=f"{_ANSWER}，名册由学校更正",
        step=Step.CLAIM,
    ),
    Cause.ROSTER_NAME_WRONG: Advice(
        title="名册里的姓名|有缺字或写法不标准",
        text="多半是生僻字打不出来，或者间隔点写成了别的符号。你登记的姓名照证件就是对的。",
        owner=Owner.YOU,
        turn="提交认领，附上证件照片",
        after=f"{_ANSWER}，名册由学校更正",
        step=Step.CLAIM,
    ),
    Cause.OLDER_NUMBER: Advice(
        title="名册里|还是 15 位的老号码",
        text="和你现在的 18 位号码是同一个人，老师核实后就能绑定，学籍上的号码保持原样。",
        owner=Owner.YOU,
        turn="提交认领，附上证件照片",
        after=_ANSWER,
        step=Step.CLAIM,
    ),
    Cause.OTHER_DOCUMENT: Advice(
        title="名册里登记的|是另一种证件",
        text="姓名和你填的号码都对上了，证件不是你现在登记的这一种，比如入学时用的军官证、护照、通行证。",
        owner=Owner.YOU,
        turn="提交认领，写上入学时那本证件的号码，附上照片",
        after=f"{_ANSWER}；学籍继续用入学时的号码",
        step=Step.CLAIM,
    ),
    Cause.OTHER_NUMBER: Advice(
        title="名册里登记的|是另一个证件号码",
        text="姓名和你填的号码都对上了，证件号码不是现在这一个。高考报名以后换过号码的人会这样。",
        owner=Owner.YOU,
        turn="提交认领，写上原来的号码，附上公安机关的证明",
        after=f"{_ANSWER}；学籍继续用入学时的号码",
        step=Step.CLAIM,
    ),
    Cause.NUMBER_DIFFERS: Advice(
        title="证件号码|和名册差一处",
        text="哪一边写错，页面上看不出来，要老师对着证件看。",
        owner=Owner.YOU,
        turn="提交认领，附上证件照片",
        after=_ANSWER,
        step=Step.CLAIM,
    ),
    Cause.NAME_DIFFERS: Advice(
        title="姓名|和名册差一个字",
        text="可能是繁简、异体字，也可能改过名。哪一边写错，要老师对着证件看。",
        owner=Owner.YOU,
        turn="提交认领，附上证件照片；改过名的附户口簿“曾用名”一页",
        after=_ANSWER,
        step=Step.CLAIM,
    ),
    Cause.PRIOR_DIPLOMA: Advice(
        title="名册里有你，|专科学历还没查清",
        text="专升本的学籍要等专科毕业证书核查通过才注册。",
        owner=Owner.YOU,
        turn="把专科毕业证书和学历备案表交给教务处学籍科",
        after="核查通过后由学校更新名册，再来绑定",
        step=Step.COUNTER,
    ),
    Cause.TOP_UP_WAITING: Advice(
        title="专升本，|多半卡在专科学历核查",
        text="专升本的名册要等专科毕业证书核查通过才会有你。",
        owner=Owner.YOU,
        turn="问教务处学籍科：专科学历核查过了没有，缺什么补什么",
        after="核查通过后学校更新名册，再来查一次",
        step=Step.COUNTER,
    ),
    Cause.NOT_IMPORTED: Advice(
        title="这一级的名册|还没有到",
        text="学校还没有把你这一年入学的名册放进来，不是你填错了。",
        owner=Owner.SCHOOL,
        turn="不用做什么，等名册",
        after="名册到了再来查；新生一般在九月底以后",
        step=Step.WAIT,
    ),
    Cause.UNKNOWN: Advice(
        title="按你填的，|没有查到可以告诉你的学籍",
        text="可能是号码写错了，可能名册里的信息和你登记的差得多，也可能名册里还没有你。是哪一种，页面上不说，也不会告诉别人。",
        owner=Owner.YOU,
        turn="先看看号码有没有写错，再查一次；确定没错，就提交认领，由老师来查",
        after=_ANSWER,
        step=Step.CLAIM,
    ),
}
