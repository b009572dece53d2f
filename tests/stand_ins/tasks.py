"""What runs in the tasks: the application, which answers /health and knows no other path, or what a test put there."""

import json
from urllib.parse import urlsplit

from stand_ins.http_server import Answer, Request, Server


class Tasks:
    """Which port on loopback answers for the address of a task."""

    def __init__(self) -> None:
        self._application = Server(_application)
        self.programs: dict[str, int] = {}

    def port(self, address: str) -> int:
        return self.programs.get(address, self._application.port)

    def close(self) -> None:
        self._application.close()


def _application(request: Request) -> Answer:
    path = urlsplit(request.path).path
    return own_answer(200 if path == "/health" else 404, path)


def own_answer(status: int, path: str) -> Answer:
    """As the application writes it."""
    headers = {"Content-Type": "application/json", "Server": "orders/1"}
    return Answer(status, headers, json.dumps({"application": "orders", "path": path}).encode())
