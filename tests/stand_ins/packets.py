"""May a packet pass? Security groups only, and only as exactly as the tests' deployments need."""

import ipaddress
from dataclasses import dataclass
from typing import Any


@dataclass
class Party:
    """One end of a connection: its security groups and its addresses."""

    groups: list[str]
    addresses: list[str]


def admitted(ec2: Any, source: Party, to: Party, port: int) -> bool:
    """Whether `source` may send to `port`, and `to` may receive it."""
    out = _permissions(ec2, source.groups, "IpPermissionsEgress")
    into = _permissions(ec2, to.groups, "IpPermissions")
    return any(_allows(p, to, port) for p in out) and any(_allows(p, source, port) for p in into)


def _permissions(ec2: Any, groups: list[str], side: str) -> list[dict[str, Any]]:
    described = ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"] if groups else []
    return [permission for group in described for permission in group[side]]


def _allows(permission: dict[str, Any], other: Party, port: int) -> bool:
    if permission["IpProtocol"] not in ("-1", "6", "tcp"):
        return False
    if permission["IpProtocol"] != "-1" and not permission["FromPort"] <= port <= permission["ToPort"]:
        return False
    if any(pair["GroupId"] in other.groups for pair in permission.get("UserIdGroupPairs", [])):
        return True
    networks = [ipaddress.ip_network(r["CidrIp"]) for r in permission.get("IpRanges", [])]
    return any(ipaddress.ip_address(a) in n for a in other.addresses for n in networks)
