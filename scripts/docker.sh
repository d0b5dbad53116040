#!/bin/sh
# A Docker daemon for a bare Debian machine: installed from Debian's packages, started by hand, ended without a trace.
#
#   scripts/docker.sh start    # make docker: install what is missing; start a daemon where none answers
#   scripts/docker.sh stop     # make docker-stop: end that daemon, and take its bridges and firewall rules away
#   scripts/docker.sh answers  # exit status 0 where a daemon answers
#
# A script of the shell in a folder of its own, because it runs before there is any virtual environment, as root, and is
# no part of what the project installs. Its data, pid and log are in SLIPWAY_DOCKER_FOLDER.
set -eu

FOLDER=${SLIPWAY_DOCKER_FOLDER:-/var/lib/slipway-docker}
HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}
PACKAGES="docker.io docker-registry prometheus"
PATIENCE=30 # seconds
APT_LOCKS=${SLIPWAY_APT_LOCKS:-/var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock}
APT_PATIENCE=${SLIPWAY_APT_PATIENCE:-300} # seconds

say() { echo "docker: $*"; }

fail() {
    echo "docker: $*" >&2
    exit 1
}

answers() { command -v docker >/dev/null && DOCKER_HOST=$HOST timeout 5 docker version >/dev/null 2>&1; }

ours() { # whether the pid in our folder is still the daemon we started, and not a later process with its number
    pid=$(cat "$FOLDER/pid" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]
}

apt_owner() { # the process that holds one of apt's locks; empty where none does
    for lock in $APT_LOCKS; do
        inode=$(stat -c %i "$lock" 2>/dev/null) || continue
        owner=$(awk -v end=":$inode" 'index($6, end) && $6 ~ end "$" && $5 > 0 { print $5; exit }' /proc/locks)
        [ -z "$owner" ] || break
    done
    echo "${owner:-}"
}

wait_for_apt() { # another process may be installing just now, as Debian's own updates do
    waited=0
    owner=$(apt_owner)
    while [ -n "$owner" ]; do
        name=$(cat "/proc/$owner/comm" 2>/dev/null || echo "another program")
        [ $waited -gt 0 ] || say "waiting for $name (process $owner), which holds apt's lock; $APT_PATIENCE s at most"
        waited=$((waited + 1))
        [ $waited -le "$APT_PATIENCE" ] ||
            fail "$name (process $owner) has held apt's lock for $APT_PATIENCE s: when it has ended, make docker"
        sleep 1
        owner=$(apt_owner)
    done
}

install() {
    missing=
    for package in $PACKAGES; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || fail "install$missing first (apt-get install$missing), or run this as root"
    wait_for_apt
    say "installing$missing"
    # Debian starts what it installs: a registry and a Prometheus on ports of their own, which nobody asked for.
    guard=/usr/sbin/policy-rc.d
    if [ ! -e $guard ]; then
        printf '#!/bin/sh\nexit 101\n' >$guard
        chmod 755 $guard
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    wait_for_lock="-o DPkg::Lock::Timeout=$APT_PATIENCE" # one that began just now
    # shellcheck disable=SC2086 # words
    apt-get install $wait_for_lock -y -qq --no-install-recommends $missing >"$FOLDER/apt.log" 2>&1 || {
        apt-get update -qq >>"$FOLDER/apt.log" 2>&1
        apt-get install $wait_for_lock -y -qq --no-install-recommends $missing >>"$FOLDER/apt.log" 2>&1
    } || fail "$missing could not be installed: $(tail -n 3 "$FOLDER/apt.log")"
}

start() {
    if answers && [ "$(id -u)" != 0 ]; then
        say "a daemon answers at $HOST"
        return
    fi
    [ "$(id -u)" = 0 ] || fail "no daemon answers at $HOST, and starting one needs root: sudo make docker"
    command -v apt-get >/dev/null || fail "no daemon answers at $HOST; this machine is no Debian: install Docker its own way"
    mkdir -p "$FOLDER"
    install
    if answers; then
        say "a daemon answers at $HOST"
        return
    fi
    case $HOST in unix://*) ;; *) fail "no daemon answers at $HOST: unset DOCKER_HOST to start one on this machine" ;; esac
    # What the daemon changes in the kernel and does not take back.
    iptables -S FORWARD 2>/dev/null | sed -n 's/^-P FORWARD //p' >"$FOLDER/forward"
    cat /proc/sys/net/ipv4/ip_forward >"$FOLDER/ip_forward"
    # A containerd that was killed and that nobody waited for counts as running, and would be waited for in vain.
    containerd=$FOLDER/exec/containerd/containerd.pid
    if [ -e "$containerd" ] && ! grep -q '^State:[[:space:]]*[RSD]' "/proc/$(cat "$containerd")/status" 2>/dev/null; then
        rm -f "$containerd"
    fi
    setsid nohup dockerd --data-root "$FOLDER/data" --exec-root "$FOLDER/exec" --pidfile "$FOLDER/pid" -H "$HOST" \
        >"$FOLDER/log" 2>&1 </dev/null &
    waited=0
    until answers; do
        waited=$((waited + 1))
        [ $waited -le $((PATIENCE * 10)) ] || fail "the daemon did not start: $(tail -n 3 "$FOLDER/log")"
        [ $waited -le 10 ] || ours || fail "the daemon ended at once: $(tail -n 3 "$FOLDER/log")"
        sleep 0.1
    done
    say "a daemon answers at $HOST (pid $(cat "$FOLDER/pid"), data and log in $FOLDER)"
}

stop() {
    if ours; then
        kill "$pid"
        waited=0
        while [ -d "/proc/$pid" ]; do
            waited=$((waited + 1))
            [ $waited -le $((PATIENCE * 10)) ] || fail "the daemon (pid $pid) does not end: see $FOLDER/log"
            sleep 0.1
        done
        say "the daemon has ended; its images are kept in $FOLDER"
    elif [ ! -e "$FOLDER/forward" ]; then
        say "no daemon of ours is running"
        return
    fi # else it ended without us, and left what is taken away below
    rm -f "$FOLDER/pid"
    if pgrep -x dockerd >/dev/null; then
        say "another daemon runs: bridges and firewall rules are left to it"
        return
    fi
    case $HOST in unix://*) rm -f "${HOST#unix://}" ;; esac
    for bridge in /sys/class/net/docker0 /sys/class/net/br-????????????; do
        [ ! -d "$bridge/bridge" ] || ip link delete "$(basename "$bridge")"
    done
    # Chains and rules that name Docker's chains and bridges; everything else is put back as it was.
    for family in iptables ip6tables; do
        command -v $family-save >/dev/null || continue
        kept=$($family-save 2>/dev/null | grep -Ev 'DOCKER|docker0|br-[0-9a-f]{12}') || continue
        if [ $family = iptables ] && [ "$(cat "$FOLDER/forward")" = ACCEPT ]; then
            kept=$(echo "$kept" | sed 's/^:FORWARD DROP/:FORWARD ACCEPT/')
        fi
        echo "$kept" | $family-restore
    done
    cat "$FOLDER/ip_forward" >/proc/sys/net/ipv4/ip_forward
    rm -f "$FOLDER/forward" "$FOLDER/ip_forward"
}

case ${1:-} in
start) start ;;
stop) stop ;;
answers) answers ;;
*) fail "usage: scripts/docker.sh start | stop | answers" ;;
esac
