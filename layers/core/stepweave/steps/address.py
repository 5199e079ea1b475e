"""Which addresses a step may connect to: globally routable ones, and what the operator's list admits.

The refused networks are those of the IANA special-purpose registries (RFC 6890 and its updates). `ipaddress.is_global`
alone does not do: it lets pass multicast, NAT64 and IPv4-compatible forms of private addresses, and cloud platforms'
own addresses that look public.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_NEVER = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # instance metadata of AWS, Azure, Google Cloud, DigitalOcean and others
        "169.254.169.253",  # the resolver of an AWS VPC
        "169.254.169.123",  # the clock of an AWS VPC
        "169.254.170.2",  # credentials of AWS containers
        "169.254.170.23",  # credentials of EKS pods
        "169.254.0.23",  # metadata of Tencent Cloud
        "168.63.129.16",  # the wire server of Azure: looks public
        "100.100.100.200",  # metadata of Alibaba Cloud
        "192.0.0.192",  # metadata of Oracle Cloud
        "fd00:ec2::254",  # metadata of AWS over IPv6
        "fd00:ec2::253",
        "fd00:ec2::123",
        "fd00:ec2::23",  # credentials of EKS pods over IPv6
        "fd20:ce::254",  # metadata of Google Cloud over IPv6
    )
)
"""Addresses that hand out credentials: refused for allowed hosts too."""

_REFUSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_LOOPBACK_V6 = IPv6Address("::1")
_LOW_32 = 0xFFFFFFFF
_ISATAP = (0x00005EFE, 0x02005EFE)


@dataclass(frozen=True)
class AllowedHosts:
    """The hosts at which the operator admits non-global addresses; a port of None stands for every port."""

    entries: frozenset[tuple[str, int | None]] = frozenset()

    def admits(self, host: str, port: int) -> bool:
        return (host, port) in self.entries or (host, None) in self.entries


def parse_allowed_hosts(text: str) -> AllowedHosts:
    """The list of `HTTP_ALLOWED_HOSTS`. -> `"localhost, 10.0.0.5:8080, [::1]:80"`; ValueError names a bad entry."""
    try:
        return named_hosts(part.strip() for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"HTTP_ALLOWED_HOSTS: {error}") from error


def named_hosts(entries: Iterable[str]) -> AllowedHosts:
    """`host` and `host:port` entries; ValueError names a bad one."""
    return AllowedHosts(frozenset(_entry(entry) for entry in entries))


def _entry(text: str) -> tuple[str, int | None]:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]") or (":" in host and not host.endswith("]")):
        host, port = text, ""
    elif not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is neither `host` nor `host:port`")
    name = host.removeprefix("[").removesuffix("]").lower().removesuffix(".")
    if not name or any(character in name for character in "/@[]* \t"):
        raise ValueError(f"{text!r} is neither `host` nor `host:port`")
    return name, int(port) if port else None


def refusal(address: Address, *, admitted: bool) -> str | None:
    """Why a step may not connect to an address, None where it may. `admitted`: the operator's list names the host."""
    forms = tuple(_forms(address))
    if any(form in _NEVER for form in forms):
        return "belongs to the metadata service of a cloud platform"
    if any(form.is_multicast for form in forms):
        return "is a multicast address"
    if not admitted and not all(_is_public(form) for form in forms):
        return "is not globally routable"
    return None


def _forms(address: Address) -> Iterator[Address]:
    """An address and every IPv4 address that it carries inside."""
    yield address
    if isinstance(address, IPv6Address):
        yield from _carried(address)


def _carried(address: IPv6Address) -> Iterator[IPv4Address]:
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    value = int(address)
    carries_low_bits = address in _COMPATIBLE or address in _NAT64 or (value >> 32) & _LOW_32 in _ISATAP
    if carries_low_bits and address != _LOOPBACK_V6:
        yield IPv4Address(value & _LOW_32)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _REFUSED_V4)
    if address.ipv4_mapped is not None or address in _NAT64:
        return True  # as public as the address inside, which is judged by itself
    return address in _UNICAST_V6 and not any(address in network for network in _REFUSED_V6)
