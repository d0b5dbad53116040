"""The catalog: every resource type of ours has a row, and everybody reads the same facts from it."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from policy.rules.stack import HOLD_DATA
from slipway.catalog.model import ResourceType
from slipway.catalog.permissions import AWS, GCP, OF_THE_ACCOUNT
from slipway.catalog.price import Free, Price
from slipway.catalog.table import CATALOG, is_in_cloud, row_of
from slipway.review.findings import Declared
from slipway.review.leftovers import leftovers
from slipway.sandbox.host.server import PACKAGES, load
from slipway.stack.destroy_plan import plan_destroy
from slipway.wire.signatures import UNKNOWN
from tests.unit.mocked import OUTPUTS

ROWS = list(CATALOG.values())
PRICES = [(row.type, price) for row in ROWS if not isinstance(row.price, Free) for price in row.price]


def test_every_type_that_a_program_of_ours_declares_has_a_row():
    """The components' and the bootstrap's types, as the mocks of their tests answer them."""
    assert OUTPUTS.keys() - CATALOG.keys() == set()


def test_every_type_that_the_sandbox_serves_has_a_row():
    """What can be deployed in the sandbox can be deployed in a cloud, and leaves something there."""
    served = {type_ for package in PACKAGES for type_ in load(package).handlers}
    assert served - CATALOG.keys() == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.type)
def test_a_row_says_how_its_cloud_is_asked_or_with_what_it_goes(row: ResourceType):
    """Neither would leave a resource behind that no command looks for."""
    assert row.words
    assert row.ask or row.belongs_to or row.type == "gcp:sql/databaseInstance:DatabaseInstance"


@pytest.mark.parametrize(("type_", "price"), PRICES, ids=lambda part: part if isinstance(part, str) else "")
def test_a_price_has_its_source_its_day_and_numbers(type_: str, price: Price):
    """A row without them cannot be renewed."""
    assert date.fromisoformat(price.page.as_of) <= date.today()
    assert price.page.url.startswith("https://")
    assert all(re.match(r"\d+\.\d+ ", text) for text in price.usage)


def test_no_row_is_without_a_source_and_a_day():
    """A price, or that there is none, is on a page; a part of another resource has none itself."""
    clouds = [row for row in ROWS if row.cloud and is_in_cloud(row.type) and not row.belongs_to]
    pages = {
        row.type: [row.price.page] if isinstance(row.price, Free) else [price.page for price in row.price]
        for row in clouds
    }
    assert [type for type, of_type in pages.items() if None in of_type] == []
    assert {type for type, of_type in pages.items() if not of_type} & {*AWS, *GCP, *OF_THE_ACCOUNT} == set()
    assert all(
        page.url and page.known_on and page.looked_after_on for of_type in pages.values() for page in of_type if page
    )


def test_an_unknown_type_is_called_by_its_name_and_has_no_price():
    """A row is made for it, so that readers of the catalog need no second way."""
    row = row_of("aws:ec2/fleet:Fleet")
    assert (row.words, row.price, row.holds_data) == ("Fleet", (), False)


def test_what_holds_data_is_protected_in_production_unless_it_expires():
    """A key holds data: what it has encrypted cannot be read without it."""
    assert {"aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey", "aws:s3/bucket:Bucket"} <= set(HOLD_DATA)
    assert "aws:cloudwatch/logGroup:LogGroup" not in HOLD_DATA


def test_what_is_asked_for_does_not_belong_to_another():
    """A row with both would be contradictory."""
    ask = CATALOG["aws:iam/role:Role"].ask
    with pytest.raises(ValueError, match="not both"):
        ResourceType(type="aws:x:X", words="x", ask=ask, belongs_to="its y")


def inputs_of(row: ResourceType) -> Iterator[dict[str, Any]]:
    """No inputs, and for each input that a rule reads one that the rule is about, its opposite, and an unknown one."""
    yield {}
    rules = [rule.when for rule in (*row.stops_destroy, *row.lingers) if rule.when]
    decisive: dict[str, list[Any]] = {rule.path: [*rule.values, "other"] for rule in rules if "." not in rule.path}
    if row.deletion_policy:
        decisive["deletionPolicy"] = ["DELETE", "PREVENT", "ABANDON"]
    if row.empty_first:
        decisive[row.empty_first] = [True, False]
    for name, values in decisive.items():
        yield from ({name: value} for value in [*values, UNKNOWN])


@pytest.mark.parametrize("row", [row for row in ROWS if is_in_cloud(row.type)], ids=lambda row: row.type)
def test_the_forecast_and_the_review_say_the_same(row: ResourceType):
    """Of the same resource, whatever its inputs and options."""
    urn = "urn:pulumi:s::p::x::n"
    for inputs in inputs_of(row):
        for protect, retain in ((False, False), (True, False), (False, True)):
            declared = Declared(
                urn=urn, type=row.type, inputs=inputs, protect=protect, retain=retain, property_dependencies={}
            )
            state = {"urn": urn, "type": row.type, "custom": True, "inputs": inputs}
            forecast = plan_destroy([{**state, "protect": protect, "retainOnDelete": retain}])
            reviewed = leftovers([declared], ())
            blocks = {block.why if block.certain else f"may block: {block.why}" for block in forecast.blocking}
            assert {left.what for left in reviewed if left.blocks} == blocks
            lingers = sorted(f"{line.until}; it costs {line.cost}" for line in forecast.lingering)
            assert [left.what.partition(": ")[2] for left in reviewed if not left.blocks] == lingers
