"""Whatever a program sends, it is answered in the form that the description promises, and never by a breakdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from peelian.web.app import create_app
from tests.support.desk_site import DeskSite, desk_site

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """Give a desk with findings, a plan and a note."""
    with desk_site(tmp_path_factory.mktemp("api")) as site:
        yield site


@pytest.fixture(scope="module")
def operations(served: DeskSite) -> list[schemathesis.APIOperation]:
    """Give every operation that the site describes to programs."""
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(served.site))
    return [found.ok() for found in described.get_all_operations()]


def bearer(served: DeskSite, account: str) -> dict[str, str]:
    """Give the header of somebody who is signed in and at work."""
    return {"authorization": f"Bearer {served.secret(served.client(account))}"}


def try_all(
    operations: list[schemathesis.APIOperation], most: int, call: Callable[[schemathesis.Case], object]
) -> None:
    """Make up so many requests for each operation, and send them."""
    for operation in operations:

        @given(case=operation.as_strategy())
        def asked(case: schemathesis.Case) -> None:
            call(case)

        settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)(asked)()


@pytest.mark.parametrize("account", ["neighbourhood-officer-1", "analyst-1"])
def test_every_answer_to_somebody_signed_in_is_as_described(served, operations, account) -> None:
    """A server error is an unwritten rule; an undescribed answer breaks the program that reads it."""
    held = bearer(served, account)
    try_all(operations, 7, lambda case: case.call_and_validate(headers=held, checks=CHECKS))


def test_every_answer_to_a_stranger_is_as_described_and_opens_nothing(served, operations) -> None:
    """Strangers are most of those who try."""

    def call(case: schemathesis.Case) -> None:
        response = case.call_and_validate(checks=CHECKS)
        if "staff" in case.operation.tags:
            assert response.status_code in {401, 403, 422}, (case.path, response.status_code)

    try_all(operations, 3, call)
