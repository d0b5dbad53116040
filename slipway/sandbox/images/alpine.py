"""Programs of Alpine's, over Debian's: what a Dockerfile for Alpine calls in a base of Debian that stands in for it.

``apk`` installs Debian's packages of the same purpose (https://pkgs.alpinelinux.org, https://packages.debian.org);
``adduser`` and ``addgroup`` take BusyBox's short options (https://busybox.net/downloads/BusyBox.html).
"""

from collections.abc import Mapping

PACKAGES: Mapping[str, str] = {
    "alpine-sdk": "build-essential",
    "build-base": "build-essential",
    "busybox-extras": "",
    "bzip2-dev": "libbz2-dev",
    "cairo": "libcairo2",
    "cairo-dev": "libcairo2-dev",
    "cyrus-sasl-dev": "libsasl2-dev",
    "font-noto": "fonts-noto-core",
    "freetype": "libfreetype6",
    "freetype-dev": "libfreetype-dev",
    "fribidi-dev": "libfribidi-dev",
    "gcompat": "",
    "gdal-dev": "libgdal-dev",
    "gdk-pixbuf": "libgdk-pixbuf-2.0-0",
    "geos-dev": "libgeos-dev",
    "gettext-dev": "gettext",
    "git-fast-import": "git",
    "harfbuzz-dev": "libharfbuzz-dev",
    "imagemagick-dev": "libmagickwand-dev",
    "jpeg": "libjpeg62-turbo",
    "jpeg-dev": "libjpeg-dev",
    "krb5-dev": "libkrb5-dev",
    "lapack-dev": "liblapack-dev",
    "lcms2-dev": "liblcms2-dev",
    "libc-dev": "libc6-dev",
    "libc6-compat": "",
    "libffi": "libffi8",
    "libgcc": "libgcc-s1",
    "libgomp": "libgomp1",
    "libjpeg": "libjpeg62-turbo",
    "libjpeg-turbo": "libjpeg62-turbo",
    "libjpeg-turbo-dev": "libjpeg-dev",
    "libmagic": "libmagic1",
    "libpq": "libpq5",
    "libressl": "openssl",
    "libressl-dev": "libssl-dev",
    "libstdc++": "libstdc++6",
    "libxml2": "libxml2",
    "libxslt": "libxslt1.1",
    "libxslt-dev": "libxslt1-dev",
    "linux-headers": "linux-libc-dev",
    "mariadb-client": "default-mysql-client",
    "mariadb-connector-c": "libmariadb3",
    "mariadb-connector-c-dev": "libmariadb-dev",
    "mariadb-dev": "default-libmysqlclient-dev",
    "musl": "",
    "musl-dev": "libc6-dev",
    "mysql-client": "default-mysql-client",
    "ncurses-dev": "libncurses-dev",
    "openblas-dev": "libopenblas-dev",
    "openjpeg-dev": "libopenjp2-7-dev",
    "openldap-dev": "libldap-dev",
    "openssh": "openssh-client",
    "openssl-dev": "libssl-dev",
    "pango": "libpangocairo-1.0-0",
    "pango-dev": "libpango1.0-dev",
    "pcre": "libpcre3",
    "pcre-dev": "libpcre3-dev",
    "postgresql-client": "postgresql-client",
    "postgresql-dev": "libpq-dev",
    "postgresql-libs": "libpq5",
    "proj-dev": "libproj-dev",
    "readline-dev": "libreadline-dev",
    "rust": "rustc",
    "shadow": "passwd",
    "sqlite": "sqlite3",
    "sqlite-dev": "libsqlite3-dev",
    "sqlite-libs": "libsqlite3-0",
    "su-exec": "gosu",
    "tiff-dev": "libtiff-dev",
    "ttf-dejavu": "fonts-dejavu-core",
    "xz-dev": "liblzma-dev",
    "yaml-dev": "libyaml-dev",
    "zlib": "zlib1g",
    "zlib-dev": "zlib1g-dev",
}
"""Alpine's name -> Debian's, where they differ; "" for what the base has anyway. ``py3-X`` is ``python3-X``."""

APK = """\
#!/bin/sh
# This image stands in for one of Alpine, which cannot be pulled here: apk installs Debian's packages.
set -e
debian() {
    case $1 in
@PACKAGES@
    py3-*) echo "python3-${1#py3-}" ;;
    *) echo "$1" ;;
    esac
}
action= names= skip=
for word; do
    if [ "$skip" ]; then skip=; continue; fi
    case $word in
    -t|--virtual|-X|--repository|-p|--root|--keys-dir|--repositories-file) skip=1 ;;
    -*) ;;
    *) if [ -z "$action" ]; then action=$word; else
           name=${word%%[<>=~@]*}; found=$(debian "$name"); names="$names $found"; fi ;;
    esac
done
case $action in
add)
    [ "${names# }" ] || exit 0
    [ "$(ls /var/lib/apt/lists/*Packages* 2>/dev/null)" ] || apt-get update -qq
    echo "apk: Debian's packages$names"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $names ;;
update) apt-get update -qq ;;
del|upgrade|cache|fix|info|version|policy) ;;
*) echo "apk: this stand-in for Alpine's has no '$action'" >&2; exit 1 ;;
esac
"""

USER = """\
#!/bin/sh
# BusyBox's short options in Debian's words.
for word; do
    shift
    case $word in
    -D) set -- "$@" --disabled-password ;;
    -S) set -- "$@" --system ;;
    -H) set -- "$@" --no-create-home ;;
    -h) set -- "$@" --home ;;
    -u) set -- "$@" --uid ;;
    -g) set -- "$@" @G@ ;;
    -G) set -- "$@" --ingroup ;;
    -s) set -- "$@" --shell ;;
    -SD|-DS) set -- "$@" --system --disabled-password ;;
    -DH|-HD) set -- "$@" --disabled-password --no-create-home ;;
    -SDH|-DHS|-HDS|-SHD|-DSH|-HSD) set -- "$@" --system --disabled-password --no-create-home ;;
    *) set -- "$@" "$word" ;;
    esac
done
exec /usr/sbin/@PROGRAM@ --quiet @MORE@ "$@"
"""

APPLETS = ("ash", "nc", "vi", "wget", "unzip", "less")
"""What BusyBox is called by in Alpine, beside what Debian's own packages have."""


def programs() -> dict[str, str]:
    """Path inside -> text of a program."""
    rows = "\n".join(f"    {alpine}) echo {debian or chr(39) * 2} ;;" for alpine, debian in PACKAGES.items())
    adduser = USER.replace("@G@", "--gecos").replace("@PROGRAM@", "adduser").replace("@MORE@", "--gecos ''")
    addgroup = USER.replace("@G@", "--gid").replace("@PROGRAM@", "addgroup").replace("@MORE@", "")
    return {
        "usr/local/bin/apk": APK.replace("@PACKAGES@", rows),
        "usr/local/bin/adduser": adduser,
        "usr/local/bin/addgroup": addgroup,
    }


def links() -> dict[str, str]:
    """Path inside -> what it leads to."""
    return {f"usr/local/bin/{name}": "/usr/bin/busybox" for name in APPLETS}
