"""The control plane under many callers at a time."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.google_service import Served

CALLERS = 200


def test_two_hundred_at_once_lose_nothing(google: Served) -> None:
    """Every account that one of them makes is there."""
    with httpx.Client(base_url=google.address, trust_env=False, timeout=120.0) as client:
        client.post("/cloudresourcemanager/v1/projects", json={"projectId": "demo-project"}).raise_for_status()
        client.post("/serviceusage/v1/projects/demo-project/services/iam.googleapis.com:enable").raise_for_status()
        path = "/iam/v1/projects/demo-project/serviceAccounts"

        def create(number: int) -> int:
            return client.post(path, json={"accountId": f"runner-{number}"}).status_code

        with ThreadPoolExecutor(CALLERS) as callers:
            assert set(callers.map(create, range(CALLERS))) == {200}
    assert len(google.cloud.store.all("account")) == CALLERS
