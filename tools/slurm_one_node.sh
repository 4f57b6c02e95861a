#!/usr/bin/env bash
# A real Slurm of one node on the loopback, for tests: no systemd, no control groups, everything under DIR.
# usage: tools/slurm_one_node.sh up|down DIR      (then export SLURM_CONF=DIR/slurm.conf)
# Debian packages: slurmctld slurmd slurm-client munge. Keep DIR short: a socket's path has at most 107 characters.
set -euo pipefail

die() {
    echo "slurm_one_node: $*" >&2
    exit 1
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

write_configuration() {
    local user host
    user=$(id -un)
    host=$(hostname -s)
    cat >"$dir/slurm.conf" <<CONF
ClusterName=one_node
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
AuthType=auth/munge
AuthInfo=socket=$dir/munge/munge.socket
CredType=cred/munge
SlurmUser=$user
SlurmdUser=$user
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MaxArraySize=1001
KillWait=5
ReturnToService=2
SlurmctldTimeout=60
SlurmdTimeout=60
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=${SLURM_CPUS:-$(nproc)} RealMemory=${SLURM_MEM_MB:-16000} State=UNKNOWN
PartitionName=debug Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
}

up() {
    for program in slurmctld slurmd sinfo munged; do
        command -v $program >/dev/null || die "no $program: apt-get install slurmctld slurmd slurm-client munge"
    done
    mkdir -p "$dir"/{state,spool,log,munge}
    chmod 755 "$dir"
    chmod 711 "$dir/munge"
    if [ ! -s "$dir/munge/munge.key" ]; then
        (umask 077 && dd if=/dev/urandom of="$dir/munge/munge.key" bs=128 count=1 status=none)
        chmod 400 "$dir/munge/munge.key"
    fi
    munged --force --key-file="$dir/munge/munge.key" --socket="$dir/munge/munge.socket" \
        --pid-file="$dir/munge/munged.pid" --log-file="$dir/log/munged.log" --seed-file="$dir/munge/munged.seed"
    write_configuration
    export SLURM_CONF="$dir/slurm.conf"
    slurmctld -c -f "$SLURM_CONF"
    slurmd -c -f "$SLURM_CONF"
    for _ in $(seq 80); do
        # A client waits ten seconds for a controller that does not answer: not longer than two here.
        if timeout 2 sinfo -h -o %T 2>/dev/null | grep -q idle; then
            echo "export SLURM_CONF=$SLURM_CONF"
            return
        fi
        sleep 0.25
    done
    tail -n 20 "$dir"/log/*.log >&2
    down
    die "no node became idle"
}

down() {
    export SLURM_CONF="$dir/slurm.conf"
    if [ -s "$dir/slurmctld.pid" ]; then
        timeout 5 scancel --me --full 2>/dev/null || true
        for _ in $(seq 20); do
            [ -z "$(timeout 2 squeue -h 2>/dev/null)" ] && break
            sleep 0.5
        done
    fi
    # Only what this folder's own files name is ended.
    for file in "$dir/slurmd.pid" "$dir/slurmctld.pid" "$dir/munge/munged.pid"; do
        [ -s "$file" ] || continue
        pid=$(cat "$file")
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 20); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.25
        done
        kill -9 "$pid" 2>/dev/null || true
    done
}

[ $# -eq 2 ] || die "usage: tools/slurm_one_node.sh up|down DIR"
mkdir -p "$2"
dir=$(cd "$2" && pwd)
case $1 in
    up) up ;;
    down) down ;;
    *) die "usage: tools/slurm_one_node.sh up|down DIR" ;;
esac
