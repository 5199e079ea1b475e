from ipaddress import ip_address

import pytest

from stepweave.steps.address import AllowedHosts, parse_allowed_hosts, refusal


def words(text: str) -> list[str]:
    return text.split()


NOT_PUBLIC = words("""
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 127.255.255.255
169.254.0.1 169.254.100.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.2.1 192.88.99.1 192.168.0.1
192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 240.0.0.1 255.255.255.255
:: ::1 ::2 ::7f00:1 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8
::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:192.168.1.1 ::ffff:0:127.0.0.1 ::ffff:100.64.0.1
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::192.168.1.1 64:ff9b:1::1 64:ff9b:1::10.0.0.1
2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101::1
2001::1 2001:0:7f00:1::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 2001:10::1 2001:20::1 2001:2::1 3fff::1
100::1 fc00::1 fd00::1 fd12:3456:789a::1 fe80::1 febf::1 fec0::1 5f00::1 4000::1
2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:127.0.0.1
""")

METADATA = words("""
169.254.169.254 169.254.170.2 169.254.170.23 169.254.169.253 169.254.169.123 169.254.0.23 168.63.129.16 100.100.100.200
192.0.0.192 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 ::ffff:169.254.169.254 ::169.254.169.254 64:ff9b::169.254.169.254
64:ff9b::168.63.129.16 ::ffff:168.63.129.16 2002:a9fe:a9fe:: 2606:4700::5efe:169.254.169.254 2002:a83f:8110::1
""")

MULTICAST = words("224.0.0.1 232.1.1.1 239.255.255.250 ff02::1 ff0e::1 ::ffff:224.0.0.1 64:ff9b::224.0.0.1")

PUBLIC = words("""
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 172.15.255.255 172.32.0.1
192.167.255.255 192.169.0.1 223.255.255.255 2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
""")


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_an_address_that_is_not_globally_routable_is_refused(text: str) -> None:
    assert refusal(ip_address(text), admitted=False) == "is not globally routable"


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_an_admitted_host_may_have_such_an_address(text: str) -> None:
    assert refusal(ip_address(text), admitted=True) is None


@pytest.mark.parametrize("admitted", [False, True])
@pytest.mark.parametrize("text", METADATA)
def test_a_metadata_service_is_refused_for_an_admitted_host_too(text: str, admitted: bool) -> None:
    assert "metadata" in (refusal(ip_address(text), admitted=admitted) or "")


@pytest.mark.parametrize("admitted", [False, True])
@pytest.mark.parametrize("text", MULTICAST)
def test_a_multicast_address_is_refused(text: str, admitted: bool) -> None:
    assert refusal(ip_address(text), admitted=admitted) == "is a multicast address"


@pytest.mark.parametrize("text", PUBLIC)
def test_a_globally_routable_address_is_let_pass(text: str) -> None:
    assert refusal(ip_address(text), admitted=False) is None


def test_an_entry_with_a_port_admits_that_port_only() -> None:
    hosts = parse_allowed_hosts("127.0.0.1:8000")
    assert hosts.admits("127.0.0.1", 8000)
    assert not hosts.admits("127.0.0.1", 8001)
    assert not hosts.admits("localhost", 8000)


def test_an_entry_without_a_port_admits_every_port() -> None:
    assert parse_allowed_hosts(" Intern.Example. ").admits("intern.example", 12345)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("[::1]:80", "::1", 80), ("[::1]", "::1", 5), ("::1", "::1", 5), ("fd00::1", "fd00::1", 5)],
)
def test_ipv6_entries_are_read_with_and_without_brackets(text: str, host: str, port: int) -> None:
    assert parse_allowed_hosts(text).admits(host, port)


def test_an_entry_does_not_admit_names_below_it() -> None:
    assert not parse_allowed_hosts("example.com").admits("sub.example.com", 443)


def test_an_empty_list_admits_nothing() -> None:
    assert parse_allowed_hosts(" , ") == AllowedHosts()


@pytest.mark.parametrize(
    "text", ["host:", "host:0", "host:70000", "host:x", "http://host", "*.example.com", ":80", "a b"]
)
def test_a_bad_entry_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="HTTP_ALLOWED_HOSTS"):
        parse_allowed_hosts(text)
