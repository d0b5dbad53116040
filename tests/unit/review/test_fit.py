"""However much there is to say, a comment stays below its bound, and what is missing is said."""

from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.review.fit import LIMIT, RESERVE, Section, fitted, length
from slipway.review.markdown import markdown
from slipway.review.model import ArtifactChange, Change, Environment, Finding, Item, Review

texts = st.text(min_size=0, max_size=400)
sections = st.lists(
    st.tuples(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=900), max_size=30)), max_size=8
).map(
    lambda parts: [
        Section(title=f"{place} {title}", importance=-place, entries=entries, things=f"things {place}")
        for place, (title, entries) in enumerate(parts)
    ]
)
changes = st.builds(
    Change, path=texts, kind=st.sampled_from(["add", "delete", "update"]), old=texts, new=texts, replaces=st.booleans()
)
items = st.builds(
    Item,
    urn=texts,
    type=texts,
    name=texts,
    op=st.sampled_from(["replace", "delete", "create", "update", "same"]),
    changes=st.lists(changes, max_size=4).map(lambda some: tuple(some * 20)),
    problem=texts,
)
environments = st.builds(
    Environment,
    name=texts,
    status=st.sampled_from(["compared", "new", "removed", "failed", "base-failed"]),
    error=texts.map(lambda text: text * 40),
    items=st.lists(items, max_size=4).map(lambda some: tuple(some * 12)),
    findings=st.lists(st.builds(Finding, rule=texts, level=texts, urn=texts, message=texts), max_size=3).map(tuple),
    artifacts=st.lists(
        st.builds(
            ArtifactChange,
            app=texts,
            old=texts,
            new=texts,
            lines=st.lists(texts, max_size=9).map(lambda s: tuple(s * 9)),
        ),
        max_size=2,
    ).map(tuple),
    warnings=st.lists(texts, max_size=3).map(tuple),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(environments, max_size=5), st.integers(1, 60))
def test_a_review_always_fits_into_a_comment(some: list[Environment], times: int):
    """Any environments, any number of them: at most 60,000 characters, counted as JavaScript does."""
    review = Review(base="b", head="h", environments=tuple(some * times))
    assert length(markdown(review)) <= LIMIT


@settings(deadline=None)
@given(sections, st.integers(RESERVE + 100, 12_000))
def test_what_matters_less_goes_first(parts: list[Section], limit: int):
    """Where an entry is missing, everything of less importance is missing too, and the document says how much."""
    found = fitted("# head", parts, "Elsewhere.", limit)
    assert length(found.text) <= limit
    missing = False
    left = limit - length("# head") - RESERVE
    for section in sorted(parts, key=lambda section: section.importance):
        opening = length(f"### {section.title}\n\n")
        for place, entry in enumerate(section.entries):
            left -= length(entry) + 2 + (0 if place else opening)
            missing = missing or left < 0
            assert missing or entry in found.text
    assert found.complete == (not missing)
    assert ("Left out" in found.text) == missing


def test_characters_are_counted_as_the_comments_script_counts_them():
    """A character outside the basic plane is two UTF-16 units."""
    assert length("a⛔😀") == 4


def test_a_little_room_shortens_before_it_leaves_out():
    """Before a resource is left out, all of them are told with fewer properties."""
    change = Change(path="p", kind="add", new="x" * 100)
    many = tuple(
        Item(urn=f"u{n}", type="t", name=f"resource-{n}", op="update", changes=(change,) * 25) for n in range(60)
    )
    text = markdown(Review(base="b", head="h", environments=(Environment(name="dev", status="compared", items=many),)))
    assert all(f"resource-{n}<" in text for n in range(60))
    assert "… and 19 more" in text
    assert "Left out" not in text
