"""Lists that come in two pages are read whole."""

from doctor import Doctor, without_clock

from stand_ins import article as building
from stand_ins.article import Article


def longer_lists(article: Article) -> None:
    """Enough of everything that either page alone would tell another story."""
    for key in ("GET /orders", "GET /orders/{id}", "POST /orders"):
        building.route(article, key)
    for _ in range(3):
        building.integration(article, article.listener, building.SERVER_NAME)
    elb = article.control.client("elbv2")
    for port in (81, 82, 83):
        action = {"Type": "forward", "TargetGroupArn": article.target_group}
        elb.create_listener(LoadBalancerArn=article.alb, Protocol="HTTP", Port=port, DefaultActions=[action])
    for priority in (10, 20, 30):
        path = {"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/v{priority}/*"]}}
        forward = {"Type": "forward", "TargetGroupArn": article.target_group}
        elb.create_rule(ListenerArn=article.listener, Priority=priority, Conditions=[path], Actions=[forward])


def test_two_pages_of_everything(doctor: Doctor, founding: Article) -> None:
    longer_lists(founding)
    whole = doctor.check(founding)
    doctor.control.pages()
    paged = doctor.check(founding)
    assert whole.code == paged.code == 1
    # More pages are more calls, and nothing else.
    assert paged.deployment["read"].pop("calls") > whole.deployment["read"].pop("calls")
    assert without_clock(paged.report) == without_clock(whole.report)


def test_two_pages_of_a_healthy_deployment(doctor: Doctor, healthy: Article) -> None:
    """With one item, the first page is empty: a reader of first pages would see no route and no listener."""
    doctor.control.pages()
    run = doctor.check(healthy)
    assert (run.code, run.verdict) == (0, "healthy")
