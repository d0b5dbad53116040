"""The verdict: the worst facts first, in words, and what makes the command fail."""

import json
import re
from collections.abc import Callable

import pytest

from slipway.errors import UserError
from slipway.review.document import document, parse
from slipway.review.markdown import markdown
from slipway.review.model import Environment, Item, Review
from slipway.review.page import page
from slipway.review.verdict import FailOn, fails, verdict

ReviewOf = Callable[[str], Review]
BUCKET = "gcp:storage/bucket:Bucket"


def test_the_worst_facts_come_first_and_in_words(review_of: ReviewOf):
    """A failing program, what becomes public, and the app that is removed with its log."""
    facts = [(fact.subject, fact.sentence, fact.environments) for fact in verdict(review_of("app-removed"))]
    assert facts == [
        ("prod", "has a program that fails", ("prod",)),
        ("site", "becomes public", ("staging",)),
        ("hello", "is removed, with its log of 30 days: 2 resources", ("dev",)),
        ("dev", "loses 1 resource", ("dev",)),
    ]


@pytest.mark.parametrize("show", [markdown, page])
def test_the_verdict_stands_above_everything_else(review_of: ReviewOf, show: Callable[[Review], str]):
    """Before the first list a reader has met the three worst facts."""
    text = show(review_of("app-removed"))
    places = [text.index(words) for words in ("has a program that fails", "becomes public", "is removed, with its log")]
    assert places == sorted(places)
    assert places[-1] < (text.index("| environment") if show is markdown else text.index("<nav"))


def test_a_removed_app_is_one_fact_with_its_parts_folded(review_of: ReviewOf):
    """Its resources are not told again among the deletions."""
    text = markdown(review_of("app-removed"))
    assert text.count("<code>hello-function</code>") == 1
    assert "**removed** `hello`, with its log of 30 days" in text
    assert re.findall(r"\*\*deleted\*\* (\S+)", text) == ["`other`"]


def test_old_prices_are_warned_of(review_of: ReviewOf):
    """With the date of the oldest."""
    assert "Some of the prices used are not confirmed since 2025-06-30" in markdown(review_of("app-removed"))


@pytest.mark.parametrize(("op", "sentence"), [("delete", "is deleted"), ("replace", "is replaced by a new one")])
def test_what_takes_data_with_it_is_named(op: str, sentence: str):
    """A bucket matters more than any number of resources that hold nothing."""
    items = (
        Item(urn="urn:pulumi:d::p::x::b", type=BUCKET, name="b", op=op),  # pyright: ignore[reportArgumentType]
        *(Item(urn=f"urn:pulumi:d::p::x::{n}", type="aws:iam/role:Role", name=str(n), op="delete") for n in range(9)),
    )
    facts = verdict(Review(base="", head="", environments=(Environment(name="d", status="compared", items=items),)))
    assert facts[0].subject == "b"
    assert facts[0].sentence.startswith(sentence)
    assert [fact.sentence for fact in facts[1:]] == ["loses 9 resources"]


@pytest.mark.parametrize(
    ("case", "level", "failing"),
    [
        ("app-removed", FailOn.NONE, False),
        ("app-removed", FailOn.ERROR, True),
        ("replaced-and-refused", FailOn.DELETE, True),
        ("replaced-and-refused", FailOn.POLICY, True),
        ("one-app-edited", FailOn.ERROR, False),
        ("one-app-edited", FailOn.DELETE, False),
        ("nothing", FailOn.DELETE, False),
    ],
)
def test_what_makes_the_command_fail(review_of: ReviewOf, case: str, level: FailOn, failing: bool):
    """Each level includes those before it."""
    assert fails(review_of(case), level) is failing


@pytest.mark.parametrize("case", ["app-removed", "hostile", "one-app-edited", "nothing"])
def test_a_document_is_read_as_it_was_written(review_of: ReviewOf, case: str):
    """The review of a document is the review that was written."""
    review = review_of(case)
    assert parse(document(review).encode()) == review


def broken(review: Review, change: Callable[[dict[str, object]], object]) -> bytes:
    plain = json.loads(document(review))
    change(plain["environments"][0])
    return json.dumps(plain).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda env: env.update(approved=True),
        lambda env: env.update(status="approved by @owner"),
        lambda env: env.update(name=["x"]),
        lambda env: env["cost"].update(monthly="@team +0.00"),
        lambda env: env["cost"].update(currency="USD](https://example.com)"),
        lambda env: env["cost"].update(as_of="yesterday @team"),
        lambda env: env.pop("items"),
    ],
)
def test_a_document_of_another_shape_is_refused(review_of: ReviewOf, change: Callable[[dict[str, object]], object]):
    """Unknown fields, other types and texts in the place of numbers: nothing of it is shown."""
    data = broken(review_of("app-removed"), change)
    if b'"items"' not in data.split(b'"leftovers"')[0]:
        assert parse(data).environments[0].items == ()  # what is missing has its default
        return
    with pytest.raises(UserError, match="no review that can be shown"):
        parse(data)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"version": 1}', b'{"version": 2, "environments": 3}'])
def test_what_is_no_review_is_refused(data: bytes):
    """With a message, whatever it is."""
    with pytest.raises(UserError, match="review"):
        parse(data)


ATTACKS = [
    *("|@u", "[@u", '"@u', "&#64;u", "@u", "\\@u", "`@u`", "``@u", "a @org/team b", "<!-- @u -->", "@u\n@v"),
    *("![x](https://e.example/p.png)", "[approved](https://e.example)", "<img src=https://e.example/x>", "GH-1 #1"),
    *("</details>\n## ✅ approved by @owner", "```\n## approved\n```", "https://e.example/?a=b", "<b>approved</b>"),
    *("</code>@u<code>", "|\n|---|\n| approved |", "*approved*", "\u202e@u", "x\r\n\r\n# approved"),
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_of_a_stranger_is_more_than_text(attack: str):
    """In whatever field: no mention, link, image, heading or tag stands outside of code."""
    plain = {
        "name": attack,
        "status": "compared",
        "error": attack,
        "items": [{"urn": f"urn:{op}", "type": attack, "name": attack, "op": op, "problem": attack, "source": attack,
                   "changes": [{"path": attack, "kind": "update", "old": attack, "new": attack}]}
                  for op in ("replace", "delete", "create", "update")],
        "artifacts": [{"app": attack, "old": attack, "new": attack, "lines": [attack]}],
        "findings": [{"rule": attack, "level": attack, "urn": attack, "message": attack}],
        "fixed": [{"rule": attack, "level": "mandatory", "urn": attack, "message": attack}],
        "cost": {"rows": [{"name": attack, "type": attack, "op": "create", "monthly": "+1.00", "usage": [attack]}],
                 "unpriced": [attack]},
        "leftovers": [{"urn": attack, "name": attack, "type": attack, "what": attack, "blocks": True, "new": True}],
        "warnings": [attack],
    }  # fmt: skip
    data = {"version": 2, "base": attack, "head": attack, "environments": [plain]}
    shown = without_code(markdown(parse(json.dumps(data).encode())))
    assert not re.search(r"[@#][a-z0-9]|https?:|\]\(|approved|e\.example|&#|GH-", shown), shown


def without_code(text: str) -> str:
    """What GitHub reads as Markdown: the text without fences, spans and elements of code."""
    text = re.sub(r"^(`{3,})[^\n`]*\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"<code>[^<]*</code>", "", text)
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("the settings have a mistake (x.yaml):\n  slipway:owner: is needed", "slipway:owner: is needed"),
        (
            'resource "urn:pulumi:d::p::a:b$c:d/e:F::store" cannot be deleted\nbecause it is protected. Do …',
            'resource "store" cannot be deleted because it is protected',
        ),
        (
            "Program failed:\nTraceback (most recent call last):\n  File \"x.py\", line 1\nKeyError: 'region'",
            "KeyError: 'region'",
        ),
        ("", ""),
    ],
)
def test_a_failure_is_told_by_its_reason(error: str, reason: str):
    """No heading, no traceback and no URN stands in the verdict."""
    review = Review(base="", head="", environments=(Environment(name="d", status="failed", error=error),))
    assert verdict(review)[0].detail == reason


def test_productions_facts_come_first():
    """Among facts of one gravity."""
    items = (Item(urn="urn:pulumi:d::p::x::r", type="aws:iam/role:Role", name="r", op="replace"),)
    environments = tuple(Environment(name=name, status="compared", items=items) for name in ("dev", "prod"))
    assert [fact.subject for fact in verdict(Review(base="", head="", environments=environments))] == ["prod", "dev"]
