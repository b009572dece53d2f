"""Between the client and API Gateway: names, connections, TLS, broken answers, and who stands in front."""

from lab import servers, words
from lab.case import WELL, Arrange, Case, gateway, in_front, nobody
from lab.laboratory import Lab
from lab.servers import HEAD, Act
from stand_ins import article as building

DOMAIN = "api.example.com"
SOON = ("--timeout", "1s")
OK = HEAD + "Content-Length: 2\n\nok"
UNRESOLVABLE = "a" * 64 + ".example.com"  # a label is too long, so no resolver is asked


def nothing(lab: Lab) -> None:
    """Everything is in order."""


def meets(act: Act) -> Arrange:
    return lambda lab: lab.in_front(act)


def over_https(lab: Lab) -> None:
    lab.client_trusts(lab.authorities.public)
    url = lab.plane.open(lab.article.api, tls=lab.context(lab.authorities.public.issue("localhost")))
    lab.url = url.replace("127.0.0.1", "localhost")


def unresolved(lab: Lab) -> None:
    lab.url = f"http://{UNRESOLVABLE}"


def map_domain(lab: Lab, key: str = "") -> None:
    """A custom domain name, and a mapping of it to the API."""
    article = lab.deploy()
    gateway = lab.control.client("apigatewayv2")
    certificate = building.certify(article, lab.authorities.public.issue(DOMAIN))
    configuration = {"CertificateArn": certificate, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
    gateway.create_domain_name(DomainName=DOMAIN, DomainNameConfigurations=[configuration])
    gateway.create_api_mapping(DomainName=DOMAIN, ApiId=article.api, Stage="$default", ApiMappingKey=key)
    lab.asked = DOMAIN


def domain_unresolved(lab: Lab) -> None:
    map_domain(lab)
    lab.url = f"http://{UNRESOLVABLE}"


def domain_in_order(lab: Lab) -> None:
    map_domain(lab)
    lab.url = lab.plane.open(lab.article.api, domain=DOMAIN)


def domain_unmapped(lab: Lab) -> None:
    map_domain(lab, key="v2")
    lab.url = lab.plane.open(lab.article.api, domain=DOMAIN)


def domain_leads_to_execute_api(lab: Lab) -> None:
    map_domain(lab)
    presents("*.execute-api.us-east-1.amazonaws.com")(lab)


def nobody_listens(scheme: str) -> Arrange:
    def arrange(lab: Lab) -> None:
        lab.url = f"{scheme}://127.0.0.1:{servers.closed_port()}"

    return arrange


def presents(*names: str, **validity: int) -> Arrange:
    """The endpoint has a certificate of an authority that the client knows."""

    def arrange(lab: Lab) -> None:
        lab.client_trusts(lab.authorities.public)
        lab.in_front(servers.says(OK), tls=lab.authorities.public.issue(*names, **validity))

    return arrange


def unknown_authority(lab: Lab) -> None:
    lab.client_trusts(lab.authorities.public)
    lab.in_front(servers.says(OK), tls=lab.authorities.private.issue("localhost"))


def over_tls(act: Act) -> Arrange:
    """An https URL, and no TLS behind it."""

    def arrange(lab: Lab) -> None:
        lab.in_front(act)
        lab.url = lab.url.replace("http://", "https://")

    return arrange


CASES = [
    Case("in-order", "nothing", nothing, WELL, None, 0),
    Case("in-order-over-https", "nothing; the client speaks TLS with the endpoint", over_https, WELL, None, 0),
    Case("answer-in-time", "the answer takes half of the time that the client has", meets(servers.after(0.5, servers.says(OK))), WELL, None, 0, SOON),
    Case("longer-than-promised", "the body is longer than its Content-Length", meets(servers.more_than_promised), WELL, None, 0),
    Case("endless-body", "the body never ends", meets(servers.says_for_ever(HEAD + "\n")), WELL, None, 0, ("--timeout", "5s")),
    Case("no-name", "the name of the endpoint does not resolve", unresolved, nobody("no-dns"), None),
    Case("no-name-for-domain", "the custom domain name does not resolve", domain_unresolved, nobody("no-dns"), "domain-no-dns"),
    Case("nobody-listens", "nobody listens at the endpoint's port", nobody_listens("https"), nobody("connect-failed"), None),
    Case("nobody-listens-at-80", "the client asks http://, where nobody listens", nobody_listens("http"), nobody("connect-failed"), "http-scheme-used"),
    Case("endpoint-expired", "the endpoint's certificate is over", presents("localhost", since=-30, days=-1), nobody("tls-failed"), None),
    Case("endpoint-not-yet", "the endpoint's certificate begins tomorrow", presents("localhost", since=1), nobody("tls-failed"), None),
    Case("endpoint-misnamed", "the endpoint's certificate is for another name", presents("www.example.org"), nobody("tls-failed"), None),
    Case("endpoint-too-deep", "the endpoint's wildcard ends above its name", presents("*.a.localhost"), nobody("tls-failed"), None),
    Case("endpoint-unknown", "the endpoint's certificate is of an authority that the client does not know", unknown_authority, nobody("tls-failed"), None),
    Case("endpoint-execute-api", "the domain's record leads to execute-api", domain_leads_to_execute_api, nobody("tls-failed"), "domain-cname-to-execute-api"),
    Case("endpoint-speaks-http", "the endpoint speaks plain HTTP at an https URL", over_tls(servers.plain_400), nobody("tls-failed"), None),
    Case("handshake-stalls", "the endpoint never answers the handshake", over_tls(servers.never_answers), nobody("tls-failed"), None, 1, SOON),
    Case("silence", "the endpoint takes the request and never answers", meets(servers.never_answers), nobody("timed-out"), None, 1, SOON),
    Case("head-drips", "the head of the answer comes byte by byte", meets(servers.drips(OK, 0.2)), nobody("timed-out"), None, 1, SOON),
    Case("body-drips", "the body comes byte by byte", meets(servers.drips(HEAD + "Content-Length: 900\n\n" + 900 * "x", 0.005)), nobody("timed-out"), None, 1, SOON),
    Case("reset", "the connection is reset after the request", meets(servers.resets), nobody("reset"), None),
    Case("hung-up", "the connection is closed without an answer", meets(servers.hangs_up), nobody("reset"), None),
    Case("half-closed", "the endpoint closes its own side, and goes on reading", meets(servers.half_closes), nobody("reset"), None),
    Case("body-cut-short", "the connection ends within the body", meets(servers.body_cut_short), nobody("reset"), None),
    Case("chunk-cut-short", "the connection ends within a chunk", meets(servers.chunk_cut_short), nobody("reset"), None),
    Case("garbage", "the answer is no HTTP", meets(servers.garbage), nobody("protocol-error"), None),
    Case("ssh", "an SSH server listens at the port", meets(servers.ssh_banner), nobody("protocol-error"), None),
    Case("http-0-9", "the answer is a page without a head", meets(servers.http_0_9), nobody("protocol-error"), None),
    Case("gigantic-header", "a header of the answer has a million bytes", meets(servers.gigantic_header), nobody("protocol-error"), None),
    Case("two-lengths", "the answer names two lengths of its body", meets(servers.two_lengths), nobody("protocol-error"), None),
    Case("cloudfront-blocks", "CloudFront, in front, refuses the request", meets(words.cloudfront_403), in_front(403), None),
    Case("squid-in-between", "a Squid proxy in front cannot connect", meets(words.squid_503), in_front(503), None),
    Case("through-cloudfront", "an API Gateway of another API answers, through CloudFront", meets(words.gateway_404_through_cloudfront), gateway(404, "not-found"), None),
    Case("domain-in-order", "nothing; the client asks the custom domain name", domain_in_order, WELL, None, 0),
    Case("domain-unmapped", "no mapping of the custom domain name takes the path", domain_unmapped, gateway(403, "forbidden"), "mapping-missing", 1, ("--path", "/health")),
]  # fmt: skip
