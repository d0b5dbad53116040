"""The page about the sandbox's types is what the tables say."""

from slipway.sandbox.aws.emulated import TABLE
from tests.examples.page import KEPT, PAGE, STORES, Level, examples, text, types


def test_the_page_is_as_the_tables_are():
    """`python -m tests.examples.page` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == text()


def test_levels_name_types_that_there_are():
    """A type that was renamed would be called real without a reason."""
    served = {type for type, _, _ in types()}
    assert served >= KEPT
    assert {row.type for row in TABLE} >= STORES


def test_a_recorded_type_says_so():
    """Each has a sentence for its creation; machines that nothing starts are among them."""
    recorded = {type for type, _, level in types() if level is Level.RECORDED}
    assert {"gcp:compute/instance:Instance", "aws:rds/instance:Instance"} <= recorded


def test_every_program_was_played_or_says_what_it_needs():
    """So that the page claims nothing that was not tried."""
    assert all(row.get("outcome") or row.get("needs") for row in examples().values())
