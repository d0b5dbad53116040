"""Networks: what takes connections from the whole internet."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from policy.conditions import WIDEST_V4, WIDEST_V6
from policy.model import Context, Resource, rule
from policy.values import Value, fault, items, readable, text

WEB = frozenset({80, 443})
"""Ports that may be open to everybody: a web server's own, with whatever asks who calls behind them."""
SCOPES = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6", "cidrIp", "cidrs", "ipv6Cidrs")
"""How security groups call the networks that they let in."""
NETWORKS = ("sourceRanges", "srcIpRanges", "cidr", "cidrBlock", "ipv6CidrBlock", "cidrRange", "publicAccessCidrs")
"""How everything else calls them."""
EVERYWHERE = "0.0.0.0/0"
LOCAL_V6 = ipaddress.IPv6Network("fc00::/7")
"""Addresses that no router of the internet forwards (RFC 4193)."""
ALL_PORTS = range(1 << 16)
ANSWERS = range(32768, 60000)
"""Ports that every system takes for what it has asked: a list without memory lets answers in by their ports."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What lets a network in."""

    what: str
    networks: tuple[Value, ...]
    ports: tuple[range, ...] = (ALL_PORTS,)

    @property
    def is_web(self) -> bool:
        """Whether it leads to a web server's ports alone, or to none, as a ping does."""
        return all(len(ports) <= len(WEB) and WEB.issuperset(ports) for ports in self.ports)


def _groups(path: str) -> Callable[[Resource], Iterator[Opening]]:
    """Security groups of AWS that have their rules in a list."""

    def openings(resource: Resource) -> Iterator[Opening]:
        for entry in items(resource.get(path)):
            if isinstance(entry, Mapping):
                yield _of_amazon(path, entry)

    return openings


def _group_rule(resource: Resource) -> Iterator[Opening]:
    """A rule of a security group, in a resource of its own."""
    if resource.get("type", "ingress") == "ingress":
        yield _of_amazon("the rule", resource.props)


def _of_amazon(what: str, entry: Mapping[str, Value]) -> Opening:
    networks = tuple(one for key in SCOPES for one in items(entry.get(key)))
    form = [entry.get("protocol", entry.get("ipProtocol", "-1")), entry.get("fromPort"), entry.get("toPort")]
    if not all(map(readable, form)):
        return Opening(what=what, networks=networks, ports=())
    protocol, first, last = str(form[0]).lower(), form[1], form[2]
    if protocol.startswith("icmp") or protocol in ("1", "58"):
        return Opening(what=what, networks=networks, ports=())
    if protocol in ("-1", "all") or not (_is_port(first) and _is_port(last)):
        return Opening(what=what, networks=networks)
    return Opening(what=what, networks=networks, ports=(range(int(float(first)), int(float(last)) + 1),))


def _lists(path: str) -> Callable[[Resource], Iterator[Opening]]:
    """Access lists of AWS's networks that have their rules in a list."""

    def openings(resource: Resource) -> Iterator[Opening]:
        for entry in items(resource.get(path)):
            if isinstance(entry, Mapping):
                yield from _of_a_list(path, entry)

    return openings


def _list_rule(resource: Resource) -> Iterator[Opening]:
    """A rule of an access list, in a resource of its own."""
    if resource.get("egress") is not True:
        yield from _of_a_list("the rule", resource.props)


def _of_a_list(what: str, entry: Mapping[str, Value]) -> Iterator[Opening]:
    """A list remembers no connection: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html."""
    if str(entry.get("ruleAction", entry.get("action"))).lower() != "allow":
        return
    scopes = {"cidrBlocks": entry.get("cidrBlock"), "ipv6CidrBlocks": entry.get("ipv6CidrBlock")}
    opening = _of_amazon(what, {**entry, **scopes})
    ports = tuple(one for one in opening.ports if not (one.start >= 1024 and set(ANSWERS) <= set(one)))
    yield replace(opening, ports=ports)


def _firewall(firewall: Resource) -> Iterator[Opening]:
    """Google's firewall: without any source it is for everybody."""
    if firewall.get("disabled") is True or str(firewall.get("direction", "INGRESS")).upper() != "INGRESS":
        return
    limited = any(firewall.get(key) for key in ("sourceTags", "sourceServiceAccounts"))
    sources = firewall.get("sourceRanges")
    networks = tuple(items(sources)) or ((EVERYWHERE,) if readable(sources) and not limited else ())
    for entry in items(firewall.get("allows")):
        if isinstance(entry, Mapping) and not str(entry.get("protocol")).lower().startswith(("icmp", "58", "1")):
            ports = tuple(map(_ports, items(entry.get("ports")))) or (ALL_PORTS,)
            yield Opening(what="sourceRanges", networks=networks, ports=ports)


def _policy_rule(entry: Resource) -> Iterator[Opening]:
    """A rule of one of Google's firewall policies."""
    form = entry.get("direction"), entry.get("action"), entry.get("disabled")
    if str(form[0]).upper() == "INGRESS" and str(form[1]).lower() == "allow" and form[2] is not True:
        for one in items(entry.get("match.layer4Configs")):
            ports = tuple(map(_ports, items(one.get("ports")))) if isinstance(one, Mapping) else ()
            networks = tuple(items(entry.get("match.srcIpRanges")))
            if not (isinstance(one, Mapping) and str(one.get("ipProtocol")).lower().startswith("icmp")):
                yield Opening(what="match.srcIpRanges", networks=networks, ports=ports or (ALL_PORTS,))


def _listed(path: str, key: str) -> Callable[[Resource], Iterator[Opening]]:
    """A list of networks that may connect, each under a key."""

    def openings(resource: Resource) -> Iterator[Opening]:
        networks = tuple(one[key] for one in items(resource.get(path)) if isinstance(one, Mapping) and key in one)
        yield Opening(what=path, networks=networks)

    return openings


def _prefix(entry: Resource) -> Iterator[Opening]:
    """A network of a list that rules name by its id: what such a rule lets in is seen here alone."""
    yield Opening(what="cidr", networks=(entry.get("cidr"),))


def _kubernetes(cluster: Resource) -> Iterator[Opening]:
    """The API of a cluster on AWS: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html."""
    public, networks = cluster.get("vpcConfig.endpointPublicAccess"), cluster.get("vpcConfig.publicAccessCidrs")
    if readable(public) and public is not False and readable(networks):
        yield Opening(what="vpcConfig.publicAccessCidrs", networks=tuple(items(networks)) or (EVERYWHERE,))


def _beanstalk(environment: Resource) -> Iterator[Opening]:
    """Who reaches the shell of an environment's machines: `tcp, 22, 22, NETWORK`."""
    for setting in items(environment.get("settings")):
        if isinstance(setting, Mapping) and setting.get("name") == "SSHSourceRestriction":
            value = setting.get("value")
            yield Opening(what="SSHSourceRestriction", networks=(str(value).split(",")[-1] if text(value) else value,))


OPENINGS: Mapping[str, Callable[[Resource], Iterator[Opening]]] = {
    "aws:ec2/securityGroup:SecurityGroup": _groups("ingress"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _groups("ingress"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": _group_rule,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _group_rule,
    "aws:ec2/networkAclRule:NetworkAclRule": _list_rule,
    "aws:ec2/networkAcl:NetworkAcl": _lists("ingress"),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": _lists("ingress"),
    "aws:ec2/managedPrefixList:ManagedPrefixList": _listed("entries", "cidr"),
    "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry": _prefix,
    "aws-native:ec2:SecurityGroup": _groups("securityGroupIngress"),
    "aws-native:ec2:SecurityGroupIngress": _group_rule,
    "aws:eks/cluster:Cluster": _kubernetes,
    "aws:elasticbeanstalk/environment:Environment": _beanstalk,
    "gcp:compute/firewall:Firewall": _firewall,
    "gcp:sql/databaseInstance:DatabaseInstance": _listed("settings.ipConfiguration.authorizedNetworks", "value"),
    "google-native:sqladmin/v1:Instance": _listed("settings.ipConfiguration.authorizedNetworks", "value"),
    "aws:lightsail/instancePublicPorts:InstancePublicPorts": _groups("portInfos"),
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule": _policy_rule,
    "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule": _policy_rule,
    "gcp:compute/firewallPolicyRule:FirewallPolicyRule": _policy_rule,
    "gcp:alloydb/instance:Instance": _listed("networkConfig.authorizedExternalNetworks", "cidrRange"),
    "gcp:container/cluster:Cluster": _listed("masterAuthorizedNetworksConfig.cidrBlocks", "cidrBlock"),
}
"""Type -> what it lets in."""


@rule(
    "no-open-network",
    source="Checkov CKV_AWS_24, CKV_AWS_25, CKV_AWS_260, CKV_AWS_229 to CKV_AWS_232, CKV_AWS_38, CKV_GCP_2, CKV_GCP_3, "
    "CKV_GCP_11, CKV_GCP_20",
    remedy="Name the networks that connect; a database is reached by its cloud's connector or from within.",
    types=tuple(OPENINGS),
    worst={
        "|".join((*SCOPES, *NETWORKS, "value")): (EVERYWHERE,),
        "ingress": ([{"protocol": "-1", "cidrBlocks": [EVERYWHERE]}],),
        "authorizedNetworks": ([{"value": EVERYWHERE}],),
        "endpointPublicAccess": (True,),
        "protocol|ipProtocol": ("-1",),
        "fromPort": (0,),
        "toPort|ports": (65535,),
    },
)
def no_open_network(resource: Resource, context: Context) -> Iterator[str]:
    """Nothing but a web server takes connections from everywhere.

    Attackers find an open port within minutes, and try passwords from then on.

    No network that is let in is a part of the internet, but to the ports 80 and 443.
    """
    for opening in OPENINGS[resource.type](resource):
        for network in opening.networks:
            if text(network) and not opening.is_web and is_internet(network):
                yield fault(opening.what, network, "networks of ours; for everybody the ports 80 and 443 alone")


def is_internet(network: str) -> bool:
    """Whether a network is so large that it is a part of the internet; half of it is, too."""
    try:
        parsed = ipaddress.ip_network(network.strip(), strict=False)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Network):
        return parsed.prefixlen < WIDEST_V6 and not parsed.subnet_of(LOCAL_V6)
    return parsed.prefixlen < WIDEST_V4


def _ports(value: Value) -> range:
    """The ports of ``443`` or ``8000-9000``; none where that is not known yet."""
    match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", str(value))
    if not match:
        return ALL_PORTS if readable(value) else range(0)
    return range(int(match[1]), int(match[2] or match[1]) + 1)


def _is_port(value: Value) -> bool:
    return readable(value) and re.fullmatch(r"\d+(\.0)?", str(value)) is not None


RULES = (no_open_network,)
