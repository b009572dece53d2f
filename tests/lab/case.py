"""What a case is: what is broken and where, and what the doctor has to say about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.laboratory import Lab


@dataclass(frozen=True)
class Seen:
    """What came back, and who wrote it. Without a status no answer came."""

    status: int | None
    producer: str
    symptom: str


Arrange = Callable[["Lab"], None]


@dataclass(frozen=True)
class Case:
    """One line of the laboratory's table."""

    name: str
    broken: str  # what is broken, and where
    arrange: Arrange
    seen: Seen
    first: str | None  # the first cause; none: the doctor has to name none
    code: int = 1
    asks: tuple[str, ...] = ()  # further arguments of `check`
    wrong: str = ""  # why the doctor does not say so yet


def gateway(status: int, symptom: str) -> Seen:
    return Seen(status, "api-gateway", f"gateway-{symptom}")


def balancer(status: int, symptom: str) -> Seen:
    return Seen(status, "load-balancer", symptom)


def target(status: int) -> Seen:
    return Seen(status, "target", "target-answer")


def nobody(symptom: str) -> Seen:
    """No answer reached the client."""
    return Seen(None, "client-side", symptom)


def in_front(status: int) -> Seen:
    """Something between the client and API Gateway."""
    return Seen(status, "edge-in-front", "unrecognised")


def unknown(status: int) -> Seen:
    return Seen(status, "unknown", "unrecognised")


WELL = target(200)
