"""What the base images are made of: a recipe an image, and nothing that a clock or a network decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from slipway.wire.own_pages import OWN_PAGES

FORMAT = 1
"""Goes up when the same packages are to give another image."""

USER, UID = "app", 10001
"""Who containers run as; below 65534, and not a user that Debian gives out."""

C_LIBRARY = ("base-files", "libc6", "libgcc-s1", "gcc-12-base", "media-types")
SHELL = (
    "dash",
    "coreutils",
    "libacl1",
    "libattr1",
    "libgmp10",
    "libselinux1",
    "libpcre2-8-0",
    "grep",
    "sed",
)
PYTHON = (
    "python3",
    "python3-minimal",
    "python3.11",
    "python3.11-minimal",
    "libpython3-stdlib",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libbz2-1.0",
    "libcrypt1",
    "libdb5.3",
    "libexpat1",
    "libffi8",
    "liblzma5",
    "libncursesw6",
    "libreadline8",
    "readline-common",
    "libsqlite3-0",
    "libssl3",
    "libstdc++6",
    "libtinfo6",
    "libuuid1",
    "netbase",
    "zlib1g",
)
PAM_FILES = {
    "etc/pam.d/common-auth": "auth required pam_unix.so nullok\n",
    "etc/pam.d/common-account": "account required pam_unix.so\n",
    "etc/pam.d/common-password": "password required pam_unix.so yescrypt\n",
    "etc/pam.d/common-session": "session required pam_unix.so\n",
    "etc/pam.d/common-session-noninteractive": "session required pam_unix.so\n",
}
"""What a package's script writes on Debian, and ``adduser`` reads."""
AUTHORITIES_FILE = "/etc/ssl/certs/ca-certificates.crt"

WORLD = ("ca-certificates", "tzdata")
"""Whom to trust and what time it is elsewhere, as in the slim image of Python's maintainers."""
PIP = (
    "python3-distutils",
    "python3-lib2to3",
    "python3-pip",
    "python3-pip-whl",
    "python3-pkg-resources",
    "python3-setuptools",
    "python3-setuptools-whl",
    "python3-venv",
    "python3-wheel",
    "python3.11-venv",
)
BUILD_TOOLS = ("bash", "findutils", "gawk", "libsigsegv2", "libmpfr6", "hostname", "login", "passwd", "tar", "gzip")
APT = (
    "adduser",
    "apt",
    "base-passwd",
    "debconf",
    "debian-archive-keyring",
    "debianutils",
    "diffutils",
    "dpkg",
    "gpgv",
    "init-system-helpers",
    "libapt-pkg6.0",
    "libaudit-common",
    "libaudit1",
    "libblkid1",
    "libc-bin",
    "libcap-ng0",
    "libcap2",
    "libdebconfclient0",
    "libgcrypt20",
    "libgnutls30",
    "libgpg-error0",
    "libhogweed6",
    "libidn2-0",
    "liblz4-1",
    "libmd0",
    "libmount1",
    "libnettle8",
    "libp11-kit0",
    "libpam-modules",
    "libpam-modules-bin",
    "libpam-runtime",
    "libpam0g",
    "libseccomp2",
    "libsemanage-common",
    "libsemanage2",
    "libsepol2",
    "libsmartcols1",
    "libsystemd0",
    "libtasn1-6",
    "libudev1",
    "libunistring2",
    "libxxhash0",
    "libzstd1",
    "mount",
    "ncurses-base",
    "ncurses-bin",
    "perl-base",
    "sysvinit-utils",
    "usr-is-merged",
    "util-linux",
    "util-linux-extra",
)
"""What a RUN with apt-get needs, and what packages' scripts call."""
HAPROXY = (
    "haproxy",
    "libcap2",
    "libcrypt1",
    "libgcrypt20",
    "libgpg-error0",
    "liblua5.3-0",
    "liblz4-1",
    "liblzma5",
    "libopentracing-c-wrapper0",
    "libopentracing1",
    "libpcre2-8-0",
    "libssl3",
    "libstdc++6",
    "libsystemd0",
    "libzstd1",
)

FRONT = f"""\
# Debian's Prometheus has its pages below /classic/ alone: here they are where the project's own image has them.
global
    maxconn 200
defaults
    mode http
    timeout http-request 10s
    timeout connect 5s
    timeout client 2m
    timeout server 2m
frontend pages
    bind :9090
{OWN_PAGES}
    acl classic path /alerts /targets /rules /config /flags /status /service-discovery
    http-request set-path /classic%[path] if classic
    default_backend prometheus
backend prometheus
    server prometheus 127.0.0.1:9091
"""
START = """\
# Prometheus behind its front: the end of either, or a stop of the container, is the end of both.
for word; do
    shift
    case $word in --web.listen-address=*) ;; *) set -- "$@" "$word" ;; esac
done
/bin/prometheus "$@" --web.listen-address=127.0.0.1:9091 &
server=$!
trap 'kill $server' TERM INT
{ /usr/sbin/haproxy -db -f /etc/slipway/front.cfg; kill $server; } &
wait $server
wait $server
"""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A base image. ``links`` and ``folders`` are paths inside: link -> target; folders belong to :data:`USER`."""

    name: str
    says: str
    packages: Sequence[str]
    links: Mapping[str, str] = field(default_factory=dict)
    folders: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """Paths inside -> text."""
    managed: bool = False
    """Whether dpkg knows inside of what is there, so that apt can add to it."""
    compiled: str = ""
    """A Python inside whose library is compiled, so that no start of a container does it."""
    config: Mapping[str, object] = field(default_factory=dict)
    """What the image's configuration says, in Docker's words."""


RECIPES = {
    "python": Recipe(
        name="slipway/python-base",
        says="Python 3.11 of Debian 12, a shell and nothing else",
        packages=(*C_LIBRARY, *SHELL, *PYTHON, *WORLD),
        # OpenSSL looks for its authorities there, which an app's own context is made of.
        links={"usr/bin/python": "python3", "usr/bin/sh": "dash", "usr/lib/ssl/cert.pem": AUTHORITIES_FILE},
        compiled="python3.11",
        config={"Cmd": ["python3"], "Env": ["PATH=/usr/local/bin:/usr/bin", "LANG=C.UTF-8", "HOME=/tmp"]},
    ),
    "python-pip": Recipe(
        name="slipway/python-pip",
        says="Python 3.11 of Debian 12 with pip, apt, a shell and the users of Debian, for bases that cannot be pulled",
        packages=(*C_LIBRARY, *SHELL, *PYTHON, *WORLD, *PIP, *BUILD_TOOLS, *APT, "busybox-static"),
        managed=True,
        links={
            "usr/bin/sh": "dash",
            "usr/bin/awk": "gawk",
            "usr/bin/which": "which.debianutils",
            "usr/local/bin/python": "/usr/bin/python3",
            "usr/local/bin/python3": "/usr/bin/python3",
            "usr/local/bin/python3.11": "/usr/bin/python3",
            "usr/local/bin/pip": "/usr/bin/pip3",
            # Where packages are in the image of Python's maintainers: stages copy them from there.
            "usr/local/lib/python3.11/site-packages": "dist-packages",
        },
        folders=("usr/local/lib/python3.11/dist-packages",),
        files=PAM_FILES,
        compiled="python3.11",
        config={
            "Cmd": ["python3"],
            "Env": [
                "PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin",
                "LANG=C.UTF-8",
                # uv, and what asks by Python's requests, bring authorities of their own unless they are told.
                f"SSL_CERT_FILE={AUTHORITIES_FILE}",
                f"REQUESTS_CA_BUNDLE={AUTHORITIES_FILE}",
                f"NODE_EXTRA_CA_CERTS={AUTHORITIES_FILE}",
            ],
        },
    ),
    "prometheus": Recipe(
        name="slipway/prometheus",
        says="Prometheus of Debian 12; its configuration is mounted",
        packages=(*C_LIBRARY, *HAPROXY, "busybox-static", "prometheus"),
        # As in the image that the Prometheus project publishes: a health check asks with wget.
        links={"usr/bin/sh": "busybox", "usr/bin/wget": "busybox"},
        folders=("prometheus",),
        files={"etc/slipway/front.cfg": FRONT, "etc/slipway/start.sh": START},
        config={
            "Entrypoint": ["/usr/bin/sh", "/etc/slipway/start.sh"],
            "Cmd": ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
            "Env": ["PATH=/usr/bin"],
            "User": f"{UID}:{UID}",
            "WorkingDir": "/prometheus",
        },
    ),
    "proxy": Recipe(
        name="slipway/proxy",
        says="HAProxy of Debian 12; its configuration is written to a volume",
        packages=(*C_LIBRARY, *HAPROXY, "busybox-static"),
        # As in the image that HAProxy's maintainers publish: a shell, wget, and a folder of the user's own.
        links={f"usr/bin/{applet}": "busybox" for applet in ("sh", "wget", "sleep", "mv", "cat")},
        folders=("var/lib/haproxy",),
        config={
            "Entrypoint": ["/usr/sbin/haproxy"],
            "Env": ["PATH=/usr/sbin:/usr/bin"],
            "User": f"{UID}:{UID}",
            "WorkingDir": "/var/lib/haproxy",
        },
    ),
}
"""By what ``slipway sandbox base-image`` calls them."""
