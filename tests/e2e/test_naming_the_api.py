"""All the ways to say which API is meant."""

import pytest
from doctor import Doctor

from stand_ins import REGION
from stand_ins.article import Article


@pytest.mark.parametrize(
    "form",
    [
        "{api}",
        "orders",
        "arn:aws:apigateway:{region}::/apis/{api}",
        "https://{api}.execute-api.{region}.amazonaws.com",
        "https://{api}.execute-api.{region}.amazonaws.com/health",
    ],
)
def test_one_api(doctor: Doctor, founding: Article, form: str) -> None:
    named = form.format(api=founding.api, region=REGION)
    run = doctor("check", named, "--no-probe", "--format", "json")
    assert run.code == 1
    api = run.deployment["api"]
    assert (api["id"], api["name"], api["region"], api["protocol"]) == (founding.api, "orders", REGION, "HTTP")


def test_several_apis_in_the_order_asked(doctor: Doctor, healthy: Article) -> None:
    gateway = healthy.control.client("apigatewayv2")
    empty = gateway.create_api(Name="empty", ProtocolType="HTTP")["ApiId"]
    run = doctor("check", empty, healthy.api, "--no-probe", "--format", "json")
    assert run.code == 1  # one has no stage
    assert [d["api"]["id"] for d in run.report["deployments"]] == [empty, healthy.api]
    assert [d["verdict"] == "broken" for d in run.report["deployments"]] == [True, False]


def test_a_name_that_two_apis_have_is_refused(doctor: Doctor, healthy: Article) -> None:
    healthy.control.client("apigatewayv2").create_api(Name="orders", ProtocolType="HTTP")
    run = doctor("check", "orders", "--no-probe")
    assert run.code in (2, 4)
    assert healthy.api in run.err  # so that the user can choose


def test_all(doctor: Doctor, founding: Article) -> None:
    run = doctor("check", "--all", "--no-probe", "--format", "json")
    assert run.code == 1
    assert run.deployment["api"]["id"] == founding.api
