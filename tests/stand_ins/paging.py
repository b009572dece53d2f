"""Cuts a list that moto answers whole into two pages with a token, as AWS may do at any length.

moto ignores page sizes and tokens of API Gateway, EC2 and listeners, so a client that reads only first pages looks
right under it. A list is cut in the middle: with one item the first page is empty, which AWS also sends. A look-up
that names what it wants is left whole unless two or more came back.
"""

import json
import re
import xml.etree.ElementTree as ET

from stand_ins.requests_seen import Seen

TOKEN = "second-page"

# operation -> element that holds the items, for the XML protocols
_XML_LISTS = {
    "DescribeListeners": "Listeners",
    "DescribeRules": "Rules",
    "DescribeLoadBalancers": "LoadBalancers",
    "DescribeTargetGroups": "TargetGroups",
    "DescribeListenerCertificates": "Certificates",
    "DescribeSecurityGroups": "securityGroupInfo",
    "DescribeSecurityGroupRules": "securityGroupRuleSet",
    "DescribeNetworkInterfaces": "networkInterfaceSet",
    "DescribeSubnets": "subnetSet",
    "DescribeNetworkAcls": "networkAclSet",
    "DescribeRouteTables": "routeTableSet",
    "DescribeVpcEndpoints": "vpcEndpointSet",
    "DescribeSSLPolicies": "SslPolicies",
}
_JSON_LISTS = {
    "GetApis": "items",
    "GetRoutes": "items",
    "GetIntegrations": "items",
    "GetStages": "items",
    "GetDeployments": "items",
    "GetAuthorizers": "items",
    "GetVpcLinks": "items",
    "GetDomainNames": "items",
    "GetApiMappings": "items",
    "ListClusters": "clusterArns",
    "ListServices": "serviceArns",
    "ListTasks": "taskArns",
}
PAGED = frozenset(_XML_LISTS) | frozenset(_JSON_LISTS)
_ASKS_BY_NAME = re.compile(r"(^|&)(\w*(Id|Arns\.member|Names\.member)\.1)=")


def without_token(request: bytes) -> bytes:
    """The request body that moto may see: some of its lists take our token for a mistake."""
    form = re.sub(rb"&(Marker|NextToken)=second-page", b"", request)
    return re.sub(rb',?\s*"nextToken"\s*:\s*"second-page"', b"", form)


def page(seen: Seen, query: str, request: bytes, answer: bytes) -> bytes:
    """The page of `answer` that `request` asks for."""
    asked = request.decode("utf-8", "replace")
    second = TOKEN in query or TOKEN in asked
    if seen.operation in _JSON_LISTS:
        return _json_page(answer, _JSON_LISTS[seen.operation], second)
    by_name = _ASKS_BY_NAME.search(asked) is not None
    return _xml_page(answer, _XML_LISTS[seen.operation], seen.service, second, whole_below=2 if by_name else 1)


def _json_page(answer: bytes, field: str, second: bool) -> bytes:
    document = json.loads(answer)
    items = document.get(field, [])
    middle = len(items) // 2
    document[field] = items[middle:] if second else items[:middle]
    if items and not second:
        document["nextToken"] = TOKEN
    return json.dumps(document).encode()


def _xml_page(answer: bytes, field: str, service: str, second: bool, whole_below: int) -> bytes:
    root = ET.fromstring(answer)
    namespace = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    holder = next((e for e in root.iter() if e.tag == namespace + field), None)
    if holder is None:
        return answer
    items = list(holder)
    if len(items) < whole_below:
        return answer
    middle = len(items) // 2
    for item in items[:middle] if second else items[middle:]:
        holder.remove(item)
    _set_token(root, holder, namespace, "NextMarker" if service == "elasticloadbalancing" else "nextToken", second)
    if namespace:
        ET.register_namespace("", namespace.strip("{}"))
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _set_token(root: ET.Element, holder: ET.Element, namespace: str, name: str, second: bool) -> None:
    parent = next(e for e in root.iter() if holder in list(e))
    for old in [e for e in parent if e.tag == namespace + name]:
        parent.remove(old)
    if not second:
        ET.SubElement(parent, namespace + name).text = TOKEN
