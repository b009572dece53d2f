"""A refusal in the envelope of the AWS protocol that the service speaks: EC2, query, JSON, REST-JSON or CBOR (as bytes in Latin-1)."""

import json
from typing import Any

from stand_ins import cbor

_QUERY_NAMESPACES = {
    "elasticloadbalancing": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


def deny(action: str) -> dict[str, Any]:
    """A rule that answers every call of `action` ("ec2:DescribeSubnets", "apigateway:GetApi") as IAM denies it."""
    service, operation = action.split(":")
    iam_action = "apigateway:GET" if service == "apigateway" else action
    message = (
        f"User: arn:aws:iam::123456789012:user/doctor is not authorized to perform: {iam_action}"
        f" because no identity-based policy allows the {iam_action} action"
    )
    if service == "ec2":
        code, message = "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}"
    elif service in _QUERY_NAMESPACES:
        code = "AccessDenied"
    else:
        code = "AccessDeniedException"
    status = 403 if service in {"ec2", "apigateway", *_QUERY_NAMESPACES} else 400
    return _rule(service, operation, status, code, message)


def throttle(action: str, times: int | None = None) -> dict[str, Any]:
    """A rule that throttles `action`: the next `times` calls, or every one."""
    service, operation = action.split(":")
    status, code = {
        "ec2": (503, "RequestLimitExceeded"),
        "elasticloadbalancing": (400, "Throttling"),
        "apigateway": (429, "TooManyRequestsException"),
    }.get(service, (400, "ThrottlingException"))
    rule = _rule(service, operation, status, code, "Rate exceeded")
    return rule | ({"times": times} if times is not None else {})


def _rule(service: str, operation: str, status: int, code: str, message: str) -> dict[str, Any]:
    headers, body = _envelope(service, code, message)
    if operation == "GET":  # API Gateway's one read action: every read
        operation = "Get.*"
    return {"service": service, "operation": operation, "status": status, "headers": headers, "body": body}


def _envelope(service: str, code: str, message: str) -> tuple[dict[str, str], str]:
    if service == "cloudwatch":
        return cbor.HEADERS, cbor.refusal(code, message).decode("latin-1")
    if service == "ec2":
        error = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        return {"Content-Type": "text/xml"}, f"<Response>{error}<RequestID>stand-in</RequestID></Response>"
    if service in _QUERY_NAMESPACES:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        xmlns = _QUERY_NAMESPACES[service]
        body = f'<ErrorResponse xmlns="{xmlns}">{error}<RequestId>stand-in</RequestId></ErrorResponse>'
        return {"Content-Type": "text/xml"}, body
    if service == "apigateway":
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
        return headers, json.dumps({"message": message})
    return {"Content-Type": "application/x-amz-json-1.1"}, json.dumps({"__type": code, "message": message})
