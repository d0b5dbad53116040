"""The verdict of a review as a check's annotations: the worst first, and within GitHub's limits."""

from slipway.review.annotations import MOST, annotations
from slipway.review.model import Environment, Finding, Item, Op, Review

BUCKET = "aws:s3/bucket:Bucket"


def item(number: int, op: Op, problem: str = "") -> Item:
    """A resource to which one thing happens."""
    name = f"resource-{number:03}"
    return Item(urn=f"urn:pulumi:prod::p::{BUCKET}::{name}", type=BUCKET, name=name, op=op, problem=problem)


def review(*items: Item, findings: tuple[Finding, ...] = ()) -> Review:
    """A change of production."""
    env = Environment(name="prod", status="compared", items=items, findings=findings)
    return Review(base="b", head="h", environments=(env,))


def test_what_is_lost_or_refused_comes_before_anything_else_of_500():
    """Of 500 resources the refused one, the finding and the deleted one are annotated, in that order; no new one is."""
    items = [item(number, "create") for number in range(498)]
    finding = Finding(rule="no-public-access", level="mandatory", urn=items[400].urn, message="open to all")
    shown = annotations(review(*items, item(498, "delete"), item(499, "update", "no such region"), findings=(finding,)))
    assert [line.partition("::")[2].partition("::")[2] for line in shown] == [
        "resource-499 is refused: no such region (prod)",
        "resource-400 becomes public (prod)",
        "resource-498 is deleted (AWS bucket) (prod)",
    ]
    assert all(line.startswith("::error title=slipway review::") for line in shown)


def test_more_than_github_takes_are_counted():
    """GitHub drops the eleventh without a word: the tenth counts those that are left."""
    shown = annotations(review(*(item(number, "update", "refused") for number in range(25))))
    assert len(shown) == MOST
    assert shown[-1].endswith("::16 more are in the review")


def test_a_strangers_text_begins_no_command():
    """Line ends and percent signs of a program's message stay in the message."""
    (line,) = annotations(review(item(1, "update", "100 %\n::stop-commands::x")))
    assert "\n" not in line
    assert "100 %25" in line
