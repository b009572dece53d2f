"""`check --logs`: the access log's line of the probe itself, and what CloudWatch counted, as further evidence."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from doctor import Doctor, Run

from stand_ins.article import LOG_GROUP, Article

LOGS, METRICS = "logs:FilterLogEvents", "cloudwatch:GetMetricData"
PROBE = "stand-in="  # the request id that the stand-in for API Gateway gives each request


def log(article: Article, request: str, status: int, integration_status: str, latency: str) -> None:
    """Writes the line that API Gateway would write in the article's format."""
    values = {"requestId": request, "routeKey": "ANY /{proxy+}", "status": str(status), "error.message": "-", "error.responseType": "-"}
    values |= {"integration.error": "-", "integration.status": integration_status, "integration.latency": latency}
    write(article, json.dumps(values))


def write(article: Article, *lines: str) -> None:
    """Writes lines as they are into the log group of the article."""
    logs, stream = article.control.client("logs"), f"stream{time.monotonic_ns()}"
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=stream)
    events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
    logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=stream, logEvents=events)


def count(article: Article, metric: str, value: float) -> None:
    """CloudWatch's value of a metric of the article's load balancer."""
    dimensions = [{"Name": "LoadBalancer", "Value": article.alb.split("loadbalancer/")[1]}]
    data = {"MetricName": metric, "Dimensions": dimensions, "Value": value, "Timestamp": datetime.now(UTC)}
    article.control.client("cloudwatch").put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[data])


def said(run: Run, source: str) -> list[str]:
    return [record["text"] for record in run.diagnosis["records"] if record["source"] == source]


def test_the_line_of_the_probe_and_the_counts_are_told(doctor: Doctor, founding: Article) -> None:
    log(founding, "another=", 200, "200", "3")
    log(founding, PROBE, 400, "400", "4")
    count(founding, "RequestCount", 2)
    count(founding, "HTTPCode_ELB_4XX_Count", 2)
    run = doctor.check(founding, "--logs", "15m")
    assert (run.code, run.first_cause) == (1, "secure-server-name-missing")
    (line,) = said(run, LOGS)
    assert "has 400" in line and "answered 400" in line
    assert any("2 requests reached it (RequestCount)" in text for text in said(run, METRICS))
    text = doctor.check(founding, "--logs", "15m", "--format", "text").out
    assert "on record: the access log's line of this request has 400" in " ".join(text.split())


def test_other_lines_are_only_counted(doctor: Doctor, healthy: Article) -> None:
    log(healthy, "another=", 503, "-", "29000")
    run = doctor.check(healthy, "--logs", "5m")
    assert (run.code, run.verdict) == (0, "healthy")
    (line,) = said(run, LOGS)
    assert "no line of this very request yet" in line and "503 once" in line


def test_lines_in_another_format_are_counted_and_not_taken_for_silence(doctor: Doctor, healthy: Article, tmp_path: Path) -> None:
    write(healthy, '198.51.100.7 - - "GET /health HTTP/1.1" 503', "{}")
    capture = str(tmp_path / "capture.json")
    run = doctor.check(healthy, "--logs", "5m", "--save-capture", capture)
    assert (run.code, run.verdict) == (0, "healthy")
    none, count = said(run, LOGS)
    assert none.startswith("none of the access log's lines of this time could be read") and count.startswith("2 lines")
    assert [record["unread_lines"] for record in run.diagnosis["records"] if "unread_lines" in record] == [2]
    assert json.loads(Path(capture).read_text())["records"]["left_out"] == {"$default": {"unread": 2, "cut": False}}
    text = doctor("check", "--from", capture).out
    assert "on record: 2 lines of the access log could not be read" in " ".join(text.split())


def test_what_is_denied_is_said_and_changes_nothing(doctor: Doctor, healthy: Article) -> None:
    for action in (LOGS, METRICS):
        doctor.control.deny(action)
    run = doctor.check(healthy, "--logs", "15m")
    assert (run.code, run.verdict) == (0, "healthy")
    assert all(f"not allowed: {LOGS}" in text for text in said(run, LOGS))
    assert all(f"not allowed: {METRICS}" in text for text in said(run, METRICS))
    assert said(run, LOGS) and said(run, METRICS)


def test_without_the_flag_neither_is_read(doctor: Doctor, healthy: Article) -> None:
    run = doctor.check(healthy)
    assert "records" not in run.diagnosis
    assert {LOGS, METRICS} & {call["action"] for call in doctor.control.calls()} == set()
