"""The same facts told as Markdown, as JSON and as a page, whoever chose the names in them."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from slipway.review.document import document
from slipway.review.markdown import markdown
from slipway.review.model import Review
from slipway.review.page import page

CASES = sorted(path.stem for path in (Path(__file__).parents[2] / "cases" / "review").glob("*.yaml"))
ReviewOf = Callable[[str], Review]

VOID = {"meta", "link", "input", "br", "img"}
OURS = {"lang", "class", "id", "data-env", "data-place", "href", "open", "hidden", "type", "scope", "title", "value"}
OURS |= {"checked", "placeholder", "role", "name", "content", "charset", "http-equiv", "rel", "aria-label"}
OURS |= {"aria-hidden", "aria-labelledby"}


class Page(HTMLParser):
    """What a browser makes of a page: its tags in order, their attributes, and whether they nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, set[str]] = {}
        self._open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("case", CASES)
def test_a_review_as_markdown(case: str, review_of: ReviewOf, snapshot: SnapshotAssertion):
    """Every case reads as it did when somebody last looked at it."""
    assert markdown(review_of(case)) == snapshot


@pytest.mark.parametrize("case", CASES)
def test_a_review_as_a_page(case: str, review_of: ReviewOf, snapshot: SnapshotAssertion):
    """The body of the page reads as it did; style and script have files of their own."""
    text = page(review_of(case))
    assert text[text.index("<header>") : text.index("<script")] == snapshot


def test_the_document_has_everything(review_of: ReviewOf):
    """The JSON holds what the model holds, and a version of its shape."""
    found = json.loads(document(review_of("replaced-and-refused")))
    prod = found["environments"][0]
    assert found["version"] == 2
    assert prod["counts"] == {"replace": 1, "delete": 1, "create": 0, "update": 0, "same": 0}
    assert prod["items"][0]["changes"][0] == {
        "path": "location",
        "kind": "update",
        "old": '"EU"',
        "new": '"US"',
        "replaces": True,
    }
    assert [finding["rule"] for finding in prod["findings"]] == ["gcs-public", "labels"]


@pytest.mark.parametrize("case", CASES)
def test_the_same_review_gives_the_same_bytes(case: str, review_of: ReviewOf):
    """Whoever renders a review twice can compare the files."""
    first, second = review_of(case), review_of(case)
    assert (markdown(first), page(first), document(first)) == (markdown(second), page(second), document(second))


def test_a_strangers_text_adds_no_tag_and_no_attribute_to_the_page(review_of: ReviewOf):
    """With hostile names the page nests as it should, and has only tags and attributes of the template."""
    hostile, plain = Page(page(review_of("hostile"))), Page(page(review_of("replaced-and-refused")))
    assert set(hostile.tags) <= set(plain.tags) | {"br"}
    assert set(hostile.attributes) <= OURS
    assert hostile.tags.count("script") == 2
    assert "<img src=x> @team `" in "".join(hostile.texts)


def test_the_page_asks_nobody(review_of: ReviewOf):
    """Its policy forbids every request, allows this script and this style by their digests, and it names no address."""
    text = page(review_of("one-app-edited"))
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert found
    policy = found[1].replace("&#39;", "'")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.fullmatch(r".*script-src 'sha256-[A-Za-z0-9+/=]+'; .*", policy)
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a namespace, which nobody fetches
    assert not re.search(r"\b(?:src|srcset|@import)\s*=?\s*[\"']?(?!x\b)https?:", text)


def test_nothing_hides_in_a_name(review_of: ReviewOf):
    """A mark that turns the reading direction around is shown as what it is, in each form."""
    review = review_of("hostile")
    assert "\u202e" not in markdown(review) + page(review)
    assert "\\u202e" in markdown(review)


def test_a_strangers_text_stays_code_in_the_markdown(review_of: ReviewOf):
    """Outside of code there is neither a tag, nor a mention, nor a link that the stranger chose."""
    text = markdown(review_of("hostile"))
    outside = re.sub(r"^(`{3,})[^\n]*\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    outside = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", outside)
    tags = set(re.findall(r"</?[a-zA-Z][^>]*>", outside))
    assert tags <= {"<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"}
    shown = re.sub(r"<code>.*?</code>", "", outside)
    assert "@" not in shown
    assert "javascript:" not in shown
    assert not re.search(r"^#+ (?:heading|not a heading)", outside, flags=re.MULTILINE)
