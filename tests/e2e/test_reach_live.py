"""`reach` on a network that is read live: the rules that pass or drop, gaps, pages, and what it may call."""

import fnmatch
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from doctor import REPOSITORY, Doctor, Run
from pasting import run_as_printed

from stand_ins import article as building
from stand_ins.article import Article

EPHEMERAL_AND_ALL = {"Protocol": "-1", "CidrBlock": "0.0.0.0/0"}


def ask(doctor: Doctor, source: str, destination: str) -> Run:
    return doctor("reach", "--from", source, "--to", destination, "--format", "json")


def answer(run: Run) -> dict[str, Any]:
    """The JSON answer; whoever reads one has it validated against the published schema first."""
    document = json.loads(run.out)
    jsonschema.validate(document, json.loads((REPOSITORY / "docs" / "reach.schema.json").read_text()))
    assert document["exit_code"] == run.code
    return document


def without_time(document: dict[str, Any]) -> dict[str, Any]:
    """`network` says when it was read."""
    return {key: value for key, value in document.items() if key != "network"}


def balancer(article: Article) -> str:
    return article.alb.split("loadbalancer/")[1]


def test_both_legs_of_the_article_are_open(doctor: Doctor, healthy: Article) -> None:
    for source, destination in [
        (f"vpc-link:{healthy.link}", f"{balancer(healthy)}:443"),
        (balancer(healthy), f"{healthy.targets[0]}:8080"),
        (healthy.alb_group, f"{healthy.targets[1]}:8080"),
    ]:
        run = ask(doctor, source, destination)
        assert (run.code, answer(run)["verdict"]) == (0, "allowed"), (source, destination)


def test_what_drops_is_named_and_its_command_opens_the_door(doctor: Doctor, healthy: Article) -> None:
    building.close(healthy, "task", "alb", 0, 65535)
    question = (balancer(healthy), f"{healthy.targets[0]}:8080")
    run = ask(doctor, *question)
    told = answer(run)
    assert (run.code, told["verdict"]) == (1, "dropped")
    drops = told["drops"]
    assert {drop["at"] for drop in drops} == {healthy.task_group}
    commands = [drop["command"] for drop in drops if drop.get("command")]
    assert commands, drops
    for command in commands:
        run_as_printed(healthy.control, command)
    assert ask(doctor, *question).code == 0


def test_an_acl_is_named_by_its_entry(doctor: Doctor, healthy: Article) -> None:
    ec2 = healthy.control.client("ec2")
    acl = ec2.create_network_acl(VpcId=healthy.vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=100, RuleAction="deny", Egress=False, **EPHEMERAL_AND_ALL)
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=100, RuleAction="allow", Egress=True, **EPHEMERAL_AND_ALL)
    subnet = healthy.subnets[1]
    of_subnet = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"]
    (association,) = [a["NetworkAclAssociationId"] for a in of_subnet[0]["Associations"] if a["SubnetId"] == subnet]
    ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
    run = ask(doctor, healthy.targets[0], f"{healthy.targets[1]}:8080")
    # The tasks' group admits the load balancer only; the ACL is said as well, not just the first thing that drops.
    assert run.code == 1
    assert {healthy.task_group, acl} <= {drop["at"] for drop in answer(run)["drops"]}


@pytest.mark.parametrize("action", ["ec2:DescribeSecurityGroups", "ec2:DescribeNetworkAcls", "ec2:DescribeRouteTables"])
def test_what_is_denied_cannot_be_told(doctor: Doctor, healthy: Article, action: str) -> None:
    doctor.control.deny(action)
    run = ask(doctor, balancer(healthy), f"{healthy.targets[1]}:8080")
    told = answer(run)
    assert (run.code, told["verdict"]) == (3, "unknown")
    assert any(action in gap for gap in told["unread"]), told["unread"]


def test_throttled_for_ever_cannot_be_told(doctor: Doctor, healthy: Article) -> None:
    doctor.control.throttle("ec2:DescribeSecurityGroups")
    run = ask(doctor, balancer(healthy), f"{healthy.targets[1]}:8080")
    assert (run.code, answer(run)["verdict"]) == (3, "unknown")


def test_two_pages_are_one_network(doctor: Doctor, healthy: Article) -> None:
    question = (f"vpc-link:{healthy.link}", f"{healthy.targets[1]}:8080")
    whole = answer(ask(doctor, *question))
    doctor.control.pages()
    assert without_time(answer(ask(doctor, *question))) == without_time(whole)


def tasks(article: Article) -> list[dict[str, Any]]:
    ecs = article.control.client("ecs")
    arns = ecs.list_tasks(cluster=article.cluster)["taskArns"]
    return ecs.describe_tasks(cluster=article.cluster, tasks=arns)["tasks"]


def test_a_task_and_its_service_are_ends(doctor: Doctor, healthy: Article) -> None:
    arn = tasks(healthy)[0]["taskArn"]
    tail = arn.split(":", 5)[5]
    for task in (arn, tail, f"service/{tail.split('/')[1]}/orders", healthy.service):
        run = ask(doctor, balancer(healthy), f"{task}:8080")
        assert (run.code, answer(run)["verdict"]) == (0, "allowed"), task
    building.close(healthy, "task", "alb", 0, 65535)
    run = ask(doctor, balancer(healthy), f"{tail}:8080/tcp")
    assert (run.code, {drop["at"] for drop in answer(run)["drops"]}) == (1, {healthy.task_group})


def test_a_service_with_tasks_on_two_pages_is_all_of_them(doctor: Doctor, healthy: Article) -> None:
    question = (f"{healthy.service}", f"{balancer(healthy)}:443")
    whole = answer(ask(doctor, *question))
    doctor.control.pages()
    assert answer(ask(doctor, *question))["flows"] == whole["flows"]


def test_only_questions_about_tasks_ask_ecs(doctor: Doctor, healthy: Article) -> None:
    assert ask(doctor, balancer(healthy), f"{healthy.targets[0]}:8080").code == 0
    assert not [call for call in doctor.control.calls() if call["action"].startswith("ecs:")]


def test_a_task_that_ecs_does_not_show(doctor: Doctor, healthy: Article) -> None:
    arn = tasks(healthy)[0]["taskArn"]
    for task, code, why in [
        (f"{arn[:-6]}000000", 2, "no running task of this name was read"),
        (arn.replace(":us-east-1:", ":ap-south-1:"), 3, "pass --region ap-south-1"),
    ]:
        run = ask(doctor, balancer(healthy), f"{task}:8080")
        assert run.code == code, run.err
        assert why in run.err
        run.assert_one_sentence()


def test_tasks_that_may_not_be_read_cannot_be_told(doctor: Doctor, healthy: Article) -> None:
    arn = tasks(healthy)[0]["taskArn"]
    doctor.control.deny("ecs:DescribeTasks")
    run = ask(doctor, balancer(healthy), f"{arn}:8080")
    assert run.code == 3, run.err
    assert "not allowed: ecs:DescribeTasks" in run.err


def test_pairs_may_name_tasks(doctor: Doctor, healthy: Article, tmp_path: Path) -> None:
    first, second = [task["taskArn"] for task in tasks(healthy)]
    rows = [(balancer(healthy), first, "allowed"), (first, second, "dropped")]
    file = tmp_path / "pairs.tsv"
    lines = ["source\tdestination\tport\tprotocol", *(f"{a}\t{b}\t8080\ttcp" for a, b, _ in rows)]
    file.write_text("\n".join(lines) + "\n")
    run = doctor("reach", "--pairs", str(file))
    assert [line.split("\t")[4] for line in run.out.splitlines()] == [verdict for _, _, verdict in rows], run.out


def test_an_end_that_is_not_there(doctor: Doctor, healthy: Article) -> None:
    run = doctor("reach", "--from", "eni-0123456789abcdef0", "--to", f"{healthy.targets[0]}:8080")
    assert run.code in (2, 4)
    run.assert_one_sentence()


def test_only_actions_of_the_printed_policy_are_used(doctor: Doctor, healthy: Article) -> None:
    statements = json.loads(doctor("iam-policy").out)["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}
    assert ask(doctor, f"vpc-link:{healthy.link}", f"{balancer(healthy)}:443").code == 0
    used = {call["action"] for call in doctor.control.calls()} - {"sts:GetCallerIdentity"}
    assert used
    assert {a for a in used if not any(fnmatch.fnmatch(a, p) for p in allowed)} == set()
