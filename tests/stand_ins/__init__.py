"""Stand-ins for AWS on loopback: a control plane, the gateway's data plane, a load balancer and a target."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
LOOPBACK = "127.0.0.1"
DOCTOR = "DOCTOR"  # the access key of the caller under test
