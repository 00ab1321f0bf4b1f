#!/usr/bin/env bash
# A real S3 store for tests: Ceph with its S3 gateway, everything on the loopback and in memory.
#   tools/radosgw.sh start FOLDER PORT   S3 at http://127.0.0.1:PORT, the monitor at PORT+1; prints "id secret" when ready
#   tools/radosgw.sh stop FOLDER
# Needs the packages radosgw ceph-mon ceph-mgr ceph-osd ceph-common.
set -euo pipefail
action=${1:?start or stop} folder=${2:?a folder}

if [ "$action" = stop ]; then
  for file in "$folder"/*.pid; do
    [ -e "$file" ] && kill -9 "$(cat "$file")" 2>/dev/null || true
  done
  exit 0
fi

port=${3:?a port}
if [ "$action" = start ]; then
  # Now and then the monitor does not answer the first daemon of a cluster; a new cluster is quicker than waiting for it.
  for _ in 1 2 3 4; do
    if "$0" once "$folder" "$port"; then exit 0; fi
    "$0" stop "$folder"
    rm -rf "${folder:?}"/*
  done
  exit 1
fi

monitor="v1:127.0.0.1:$((port + 1))"
cluster=$(cat /proc/sys/kernel/random/uuid)
store=$(cat /proc/sys/kernel/random/uuid)
mkdir -p "$folder"
export CEPH_CONF="$folder/ceph.conf"
cat >"$CEPH_CONF" <<END
[global]
fsid = $cluster
mon host = [$monitor]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
run dir = $folder
log file = $folder/\$name.log
admin socket = $folder/\$name.sock
[mon.a]
mon data = $folder/mon
public addr = 127.0.0.1:$((port + 1))
[mgr.a]
mgr data = $folder/mgr
[osd.0]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 2147483648
[client.rgw]
rgw data = $folder/rgw
rgw frontends = beast endpoint=127.0.0.1:$port
END
mkdir -p "$folder"/{mon,mgr,osd,rgw}

# name, command…: runs until stopped
daemon() {
  local name=$1
  shift
  setsid "$@" -f >"$folder/$name.out" 2>&1 </dev/null &
  echo $! >"$folder/$name.pid"
}

# description, command…: until the command succeeds
await() {
  local what=$1
  shift
  for _ in $(seq 30); do
    if timeout 5 "$@" >/dev/null 2>&1; then return; fi
    sleep 0.5
  done
  echo "radosgw.sh: $what did not come up; see $folder" >&2
  exit 1
}

# --addv: by --add the map would name a second protocol that is switched off above, and nothing would connect.
monmaptool --create --clobber --fsid "$cluster" --addv a "[$monitor]" "$folder/monmap" >/dev/null
ceph-mon -i a --mkfs --monmap "$folder/monmap" >/dev/null
daemon mon ceph-mon -i a
await "the monitor" ceph -s
# The monitor must know the store's id before the store is made.
await "the store's id" ceph osd new "$store"
ceph-osd -i 0 --mkfs --osd-uuid "$store" >/dev/null 2>&1
daemon osd ceph-osd -i 0
daemon mgr ceph-mgr -i a
await "the store" bash -c 'ceph osd stat | grep -q "1 up"'

id=STORE$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
secret=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
timeout 180 radosgw-admin user create --uid=gateway --display-name=gateway --access-key="$id" --secret="$secret" \
  >/dev/null 2>"$folder/user.out"
daemon rgw radosgw -n client.rgw
await "the S3 gateway" curl -s -o /dev/null "http://127.0.0.1:$port/"
echo "$id $secret"
