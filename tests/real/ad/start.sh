#!/bin/bash
# Start a private Active Directory (Samba AD DC, LDAP service only) under DIR on a loopback address.
#
#   start.sh DIR --ip 127.0.0.77 [--people N]
#
# Provisions DIR when it is empty, seeds it once when --people is given, starts samba unless it already runs, waits until
# it answers LDAP, and prints shell assignments. Nothing outside DIR is written. Needs root, since the ports 389 and 636
# are fixed in Samba, and:
#   apt-get install --no-install-recommends samba samba-dsdb-modules samba-ad-provision samba-vfs-modules
set -euo pipefail

REALM=${AD_REALM:-AD.CONTOSO.TEST}
DOMAIN=${AD_DOMAIN:-CONTOSO}
PASSWORD=${AD_PASSWORD:-Passw0rd!Lab1}
HOST=dc1

die() { echo "start.sh: $*" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)

[ $# -ge 1 ] || die "usage: start.sh DIR --ip ADDRESS [--people N]"
dir=$1; shift
ip=127.0.0.77 people=
while [ $# -gt 0 ]; do
    case $1 in
        --ip) ip=$2; shift 2 ;;
        --people) people=$2; shift 2 ;;
        *) die "unknown option $1" ;;
    esac
done
case $ip in 127.*) ;; *) die "--ip must be a loopback address" ;; esac
command -v samba-tool >/dev/null && command -v samba >/dev/null || die "Samba is not installed"
command -v openssl >/dev/null || die "openssl is not installed"

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
exec 9>"$dir/.lock"
flock 9

base=DC=$(tr '[:upper:]' '[:lower:]' <<<"$REALM" | sed 's/\./,DC=/g')
fqdn=$HOST.$(tr '[:upper:]' '[:lower:]' <<<"$REALM")

# the start time of a process: with the pid it names one process for good; empty for a zombie
start_ticks() { sed 's/.*) //; /^[ZX]/d' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

running() {
    [ -s "$dir/samba.pid" ] || return 1
    read -r pid ticks <"$dir/samba.pid"
    [ "$(start_ticks "$pid")" = "$ticks" ]
}

# An anonymous LDAPv3 bind, byte for byte; the answer carries result code 0.
answers() {
    local got
    got=$(timeout 5 bash -c "exec 3<>/dev/tcp/$ip/389
        printf '\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00' >&3
        head -c 10 <&3 | od -An -tx1" 2>/dev/null) || return 1
    case $(tr -d ' \n' <<<"$got") in 30*020101610a*|30*0201016184*|30*02010161*) return 0 ;; *) return 1 ;; esac
}

write_conf() {
    local d
    for d in private state cache lock run log ncalrpc sysvol; do mkdir -p "$dir/$d"; done
    cat >"$dir/smb.conf" <<EOF
[global]
	workgroup = $DOMAIN
	realm = $REALM
	netbios name = $HOST
	server role = active directory domain controller
	server services = ldap
	interfaces = $ip/8
	bind interfaces only = yes
	private dir = $dir/private
	state directory = $dir/state
	cache directory = $dir/cache
	lock directory = $dir/lock
	pid directory = $dir/run
	ncalrpc dir = $dir/ncalrpc
	binddns dir = $dir/state/bind-dns
	winbindd socket directory = $dir/run/winbindd
	ntp signd socket directory = $dir/run/ntp_signd
	log file = $dir/log/samba.log
	logging = file
	max log size = 0
	tls enabled = yes
	tls certfile = $dir/tls/cert.pem
	tls keyfile = $dir/tls/key.pem
	tls cafile = $dir/tls/ca.pem
	idmap_ldb:use rfc2307 = yes
	dsdb:schema update allowed = yes
	ldb:nosync = yes
[sysvol]
	path = $dir/sysvol
	read only = no
[netlogon]
	path = $dir/sysvol
	read only = no
EOF
}

# A CA, a server certificate with the names a client will use, and a second CA that signed nothing.
make_certificates() {
    local t="$dir/tls"
    [ -s "$t/cert.pem" ] && openssl x509 -in "$t/cert.pem" -noout -checkip "$ip" | grep -q 'does match' && return
    rm -rf "$t"; mkdir -p "$t"
    local name
    for name in ca wrong-ca; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/O=AD lab/CN=AD lab $name" \
            -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" \
            -keyout "$t/$name.key" -out "$t/$name.pem" 2>/dev/null
    done
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=AD lab/CN=$fqdn" -keyout "$t/key.pem" -out "$t/cert.csr" 2>/dev/null
    openssl x509 -req -in "$t/cert.csr" -CA "$t/ca.pem" -CAkey "$t/ca.key" -CAcreateserial -days 3650 -out "$t/cert.pem" \
        -extfile <(printf 'subjectAltName=DNS:%s,DNS:localhost,IP:%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n' "$fqdn" "$ip") 2>/dev/null
    chmod 600 "$t"/*.key "$t/key.pem"   # samba refuses a key others may read
}

provision() {
    # fixed identifiers, so that SIDs, the invocationId and the domain GUID are the same every time
    samba-tool domain provision -s "$dir/smb.conf" --realm="$REALM" --domain="$DOMAIN" \
        --server-role=dc --dns-backend=NONE --use-rfc2307 --host-name="$HOST" --host-ip="$ip" \
        --adminpass="$PASSWORD" \
        --domain-sid=S-1-5-21-1111111111-2222222222-333333333 \
        --domain-guid=11111111-1111-4111-8111-111111111111 \
        --ntds-guid=22222222-2222-4222-8222-222222222222 \
        --invocationid=33333333-3333-4333-8333-333333333333 >"$dir/log/provision.log" 2>&1
}

if ! running; then
    if [ ! -e "$dir/.provisioned" ]; then
        rm -rf "$dir/private" "$dir/state" "$dir/sysvol"
        write_conf
        provision || die "provision failed, see $dir/log/provision.log"
        touch "$dir/.provisioned"
    fi
    write_conf
    make_certificates
    if [ -n "$people" ] && [ ! -e "$dir/.seeded" ]; then
        # Samba's modules exist for the distribution's Python alone
        (cd "$here/../../.." && env -u PYTHONHOME -u PYTHONPATH /usr/bin/python3 -B -m tests.real.ad.seed --base "$base" \
            --people "$people" --password "$PASSWORD" --smb-conf "$dir/smb.conf" --expect "$dir/expect.json") >&2
        touch "$dir/.seeded"
    fi
    ! answers || die "something already answers LDAP on $ip; choose another --ip"
    (
        exec 9>&-
        cd "$dir"
        # -l: without it samba opens /var/log/samba before it reads smb.conf
        setsid samba -s "$dir/smb.conf" -l "$dir/log" -F -M single </dev/null >"$dir/log/stdout.log" 2>&1 &
        echo "$!" >"$dir/samba.pid"
    )
    pid=$(cat "$dir/samba.pid")
    echo "$pid $(start_ticks "$pid")" >"$dir/samba.pid"
    for _ in $(seq 600); do
        answers && break
        running || { tail -20 "$dir/log/stdout.log" "$dir/log/samba.log" >&2; die "samba did not start"; }
        sleep 0.05
    done
    answers || die "samba does not answer on $ip:389, see $dir/log"
fi

read -r pid _ <"$dir/samba.pid"
show() { printf "%s='%s'\n" "$1" "${2//\'/\'\\\'\'}"; }
show AD_LDAP_URL "ldap://$ip:389"
show AD_LDAPS_URL "ldaps://$ip:636"
show AD_HOST "$fqdn"
show AD_BASE_DN "$base"
show AD_BIND_DN "CN=Administrator,CN=Users,$base"
show AD_PASSWORD "$PASSWORD"
show AD_TLS_DIR "$dir/tls"
show AD_EXPECT "$dir/expect.json"
