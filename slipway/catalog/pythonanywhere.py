"""The resource types of PythonAnywhere.

Asking for one needs the stack's sealed type, which is not opened for a look: a person looks at the account's page.
"""

from slipway.catalog.model import ByHand, Linger, ResourceType
from slipway.catalog.price import Free, Price, PricePage

PLANS = PricePage(url="https://www.pythonanywhere.com/pricing/", region="", as_of="2025-06-30", sought_on="2026-11-27")

TYPES = (
    ResourceType(
        type="pythonanywhere:index:Webapp",
        words="web app",
        lingers=(
            Linger(
                what="logs, and the files that the app itself wrote, on PythonAnywhere, of {id}",
                until="until they are deleted by hand",
            ),
        ),
        ask=ByHand(where="look at the page Web of the account"),
        price=(Price(page=PLANS, usage=("0.00 within the account's plan, which on a free account is one web app",)),),
    ),
    ResourceType(
        type="pythonanywhere:index:Files",
        words="files",
        ask=ByHand(where="look at the page Files of the account"),
        price=Free(page=PLANS),
    ),
    ResourceType(
        type="pythonanywhere:index:ScheduledTask",
        words="scheduled task",
        ask=ByHand(where="look at the page Tasks of the account"),
        price=Free(page=PLANS),
    ),
    ResourceType(
        type="pythonanywhere:index:AlwaysOnTask",
        words="always-on task",
        ask=ByHand(where="look at the page Tasks of the account"),
        price=(Price(page=PLANS, usage=("0.00 within the account's plan, which has to be a paid one",)),),
    ),
    ResourceType(type="pythonanywhere:index:Reload", words="reload", belongs_to="its web app"),
    ResourceType(type="pythonanywhere:index:StaticMapping", words="static mapping", belongs_to="its web app"),
    ResourceType(type="pythonanywhere:index:WsgiFile", words="WSGI file", belongs_to="its web app"),
)
