"""What befalls a request and stands in no configuration: a test says so, and the stand-ins act on it."""

from dataclasses import dataclass


@dataclass
class Weather:
    """Fair unless a test says otherwise."""

    account_is_throttled: bool = False  # the requests of all APIs together go beyond the account's limit
    patience_ends_with: int = 503  # API Gateway's answer when its time is up: a trace shows 503, AWS's help pages say 504
    node: int | None = None  # the load balancer's node whose address the link got; none: one that lets it in, if there is any
    authorizer_function: str = "allows"  # or "denies", or "breaks"
    web_acl_is_reachable: bool = True

    def clear_up(self) -> None:
        self.__dict__.update(vars(Weather()))
