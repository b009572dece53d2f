"""The whole table."""

from lab import at_the_client, at_the_gateway, at_the_listener, at_the_target
from lab.case import Case

CASES: list[Case] = [*at_the_client.CASES, *at_the_gateway.CASES, *at_the_listener.CASES, *at_the_target.CASES]
