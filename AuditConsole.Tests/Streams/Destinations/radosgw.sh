#!/usr/bin/env bash
# Serves S3 by Ceph's radosgw over one monitor and one OSD in memory, all on loopback, until standard input ends:
#   radosgw.sh FOLDER MON_PORT OSD_PORT S3_PORT
# Prints "ready" once it answers. Everything it keeps is in FOLDER; the processes end with it.
set -euo pipefail
folder=$1 mon=$2 osd=$3 s3=$4
fsid=$(cat /proc/sys/kernel/random/uuid)
mkdir -p "$folder"/{mon,osd,run,log}

cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_host = v1:127.0.0.1:$mon
mon_initial_members = a
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = true
ms_bind_msgr2 = false
ms_bind_port_min = $osd
ms_bind_port_max = $((osd + 30))
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = $folder/run
pid_file = $folder/run/\$name.pid
admin_socket = $folder/run/\$name.\$pid.asok
crash_dir = $folder/log
log_file = $folder/log/\$name.log
log_to_stderr = false
err_to_stderr = false
setuser = root
setgroup = root
mon_data = $folder/mon
osd_data = $folder/osd
osd_objectstore = memstore
memstore_device_bytes = 536870912
osd_crush_chooseleaf_type = 0
osd_crush_update_on_start = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data_avail_warn = 1
mon_data_avail_crit = 0
osd_heartbeat_interval = 1
rgw_enable_apis = s3, sts, iam, admin
rgw_s3_auth_use_sts = true
rgw_sts_key = abcdefghijklmnop
rgw_thread_pool_size = 32
rgw_dns_name = s3.eu-west-1.amazonaws.com
rgw_enable_usage_log = false
rgw_frontends = beast endpoint=127.0.0.1:$s3
rgw_data = $folder/run
[mon.a]
host = localhost
CONF

export CEPH_CONF=$folder/ceph.conf
started=()
stop() {
    kill -9 "${started[@]}" 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT

monmaptool --create --clobber --fsid "$fsid" --addv a "[v1:127.0.0.1:$mon]" "$folder/monmap" >/dev/null
ceph-mon --mkfs -i a --monmap "$folder/monmap"
ceph-mon -i a -f &
started+=($!)
ceph osd new "$fsid" >/dev/null
start_osd() {
    rm -rf "$folder/osd"
    mkdir "$folder/osd"
    ceph-osd -i 0 --mkfs --osd-uuid "$fsid" >/dev/null 2>&1
    ceph-osd -i 0 -f &
    started[1]=$!
}
start_osd
# Now and then it asks the monitor before it knows the cluster ("wrong fsid"), and ends; everything else would wait for it.
for _ in {1..300}; do
    case $(ceph osd stat) in *' 1 up'*) break ;; esac
    kill -0 "${started[1]}" 2>/dev/null || start_osd
    sleep 0.1
done
ceph osd crush add osd.0 1 root=default host=localhost >/dev/null 2>&1
radosgw-admin user create --uid=audit --display-name=audit --access-key=AKAUDITAUDITAUDIT001 --secret=secretsecretsecretsecretsecretsecret0001 --caps='roles=*' >/dev/null
radosgw -n client.rgw -f &
started+=($!)
until (exec 3<>"/dev/tcp/127.0.0.1/$s3") 2>/dev/null; do
    kill -0 "${started[2]}"
    sleep 0.1
done
echo ready
cat >/dev/null
