"""May a packet pass? Security groups and network ACLs, and only as exactly as the tests' deployments need."""

import ipaddress
from dataclasses import dataclass
from typing import Any

_EPHEMERAL = 40000  # a port that answers may go to


@dataclass
class Party:
    """One end of a connection: its security groups and its addresses."""

    groups: list[str]
    addresses: list[str]


def admitted(ec2: Any, source: Party, to: Party, port: int) -> bool:
    """Whether `source` may send to `port` of `to`, and gets the answers."""
    out = _permissions(ec2, source.groups, "IpPermissionsEgress")
    into = _permissions(ec2, to.groups, "IpPermissions")
    open_door = any(_allows(p, to, port) for p in out) and any(_allows(p, source, port) for p in into)
    return open_door and _past_the_acls(ec2, source, to, port)


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


def _past_the_acls(ec2: Any, source: Party, to: Party, port: int) -> bool:
    """Network ACLs keep no record: the answer needs a rule of its own. Those of the VPC's making allow everything."""
    acls = [acl for acl in ec2.describe_network_acls()["NetworkAcls"] if not acl["IsDefault"]]
    if not acls:
        return True
    subnets = {s["SubnetId"]: ipaddress.ip_network(s["CidrBlock"]) for s in ec2.describe_subnets()["Subnets"]}
    pairs = [(ipaddress.ip_address(a), ipaddress.ip_address(b)) for a in source.addresses for b in to.addresses]

    def lets(here: Any, there: Any, number: int, egress: bool) -> bool:
        own = next((name for name, network in subnets.items() if here in network), None)
        guarding = [acl for acl in acls if any(a["SubnetId"] == own for a in acl["Associations"])]
        inside = own is not None and there in subnets[own]
        return inside or all(_acl_allows(acl, there, number, egress) for acl in guarding)

    def both_ways(here: Any, there: Any) -> bool:
        forth = lets(here, there, port, True) and lets(there, here, port, False)
        return forth and lets(there, here, _EPHEMERAL, True) and lets(here, there, _EPHEMERAL, False)

    return any(both_ways(here, there) for here, there in pairs)


def _acl_allows(acl: dict[str, Any], other: Any, port: int, egress: bool) -> bool:
    """The first rule that fits, by number."""
    for entry in sorted((e for e in acl["Entries"] if e["Egress"] == egress), key=lambda e: e["RuleNumber"]):
        ports = entry.get("PortRange", {"From": 0, "To": 65535})
        fits = entry["Protocol"] in ("-1", "6") and ports["From"] <= port <= ports["To"]
        if fits and "CidrBlock" in entry and other in ipaddress.ip_network(entry["CidrBlock"]):
            return entry["RuleAction"] == "allow"
    return False
