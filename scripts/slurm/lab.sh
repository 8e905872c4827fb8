#!/usr/bin/env bash
# A temporary Slurm on one machine: munged, a controller and some nodes on loopback ports, without systemd. Needs
# Debian's slurm-wlm and munge (scripts/setup.sh installs them).
#
#   lab.sh up NODES          returns when all nodes are idle; then: export SLURM_CONF=LAB/slurm.conf
#   lab.sh wait JOB [S]      until the job has left the queue; 1 when it has not within S seconds (300)
#   lab.sh power-cut N       kills node N with everything that runs on it
#   lab.sh lose-daemon N     kills only its slurmd: its tasks continue without it
#   lab.sh start N           starts node N again
#   lab.sh restart-controller
#   lab.sh heal              returns nodes and jobs that Slurm has set aside to service
#   lab.sh clear             cancels everything in the queue; restarts nodes that still run it
#   lab.sh down
#
# LAB: the folder for its files (/tmp/visionshard-slurm); LAB_PORT: the first of NODES + 1 ports (17100)
set -euo pipefail
LAB=${LAB:-/tmp/visionshard-slurm}
LAB_PORT=${LAB_PORT:-17100}
export SLURM_CONF=$LAB/slurm.conf
PATH=$PATH:/usr/sbin

daemon() { # name, command
  local name=$1
  shift
  setsid "$@" >>"$LAB/$name.out" 2>&1 </dev/null &
  echo $! >"$LAB/$name.pid"
}
lives() { kill -0 "$(cat "$LAB/$1.pid" 2>/dev/null || echo 0)" 2>/dev/null && [ -s "$LAB/$1.pid" ]; }
until_true() { # tries of a tenth of a second, command
  local i tries=$1
  shift
  for ((i = 0; i < tries; i++)); do
    "$@" && return 0
    sleep 0.1
  done
  return 1
}

configure() {
  local user host i
  user=$(id -un) host=$(hostname -s)
  cat >"$SLURM_CONF" <<END
ClusterName=lab
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$LAB_PORT
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits for twice this; 120 s is the default.
AuthInfo=socket=$LAB/munge.socket,cred_expire=5
StateSaveLocation=$LAB/state
SlurmdSpoolDir=$LAB/spool-%n
SlurmctldPidFile=$LAB/controller.own-pid
SlurmdPidFile=$LAB/%n.own-pid
SlurmctldLogFile=$LAB/controller.log
SlurmdLogFile=$LAB/%n.log
# The nodes are pretended: nothing is bound, confined or measured.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SlurmdTimeout=10
SlurmctldTimeout=10
ReturnToService=2
KillWait=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
END
  for ((i = 0; i < $1; i++)); do
    echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((LAB_PORT + 1 + i)) CPUs=1 RealMemory=1000"
  done >>"$SLURM_CONF"
  echo "PartitionName=all Nodes=ALL Default=YES State=UP" >>"$SLURM_CONF"
}

start_munged() {
  (umask 077 && head -c 64 /dev/urandom >"$LAB/munge/key")
  daemon munged munged --foreground --key-file="$LAB/munge/key" --seed-file="$LAB/munge/seed" \
    --socket="$LAB/munge.socket" --pid-file="$LAB/munge/pid" --log-file="$LAB/munge/log" --num-threads=2
  until_true 50 bash -c "munge --socket='$LAB/munge.socket' -n >/dev/null 2>&1"
}
start_controller() { daemon controller slurmctld -D; }
start_node() {
  mkdir -p "$LAB/spool-n$1"
  daemon "n$1" slurmd -D -N "n$1"
}

all_idle() { [ "$(sinfo -h -N -o %t 2>/dev/null | grep -c '^idle$')" = "$1" ]; }
left_queue() { squeue -h -o %i >"$LAB/queue" 2>/dev/null && ! grep -Eq "^$1(_|$)" "$LAB/queue"; }

nothing_queued() { squeue -h -o %i >"$LAB/queue" 2>/dev/null && [ ! -s "$LAB/queue" ]; }
heal() {
  scontrol update nodename=ALL state=resume 2>/dev/null || true
  # The reason is of several words: "launch failed requeued held".
  squeue -h -r -t PD -o '%i %r' | awk 'tolower($0) ~ /held/ {print $1}' | xargs -r -n 1 scontrol release || true
}
clear_queue() {
  # By the numbers of array and task: a requeued task is not found by its own number.
  squeue -h -r -o %i | xargs -r -n 1 scancel || true  # one may have ended meanwhile
  until_true 100 nothing_queued && return
  scontrol update nodename=ALL state=down reason=stuck
  heal
  until_true 300 nothing_queued
}

with_children() {
  local child
  echo "$1"
  for child in $(pgrep -P "$1"); do with_children "$child"; done
}
# The processes of a node's jobs are children of its slurmstepds, which have no parent once slurmd has ended.
steps_of() {
  local socket
  for socket in "$LAB/spool-n$1/n$1_"*; do
    [ -S "$socket" ] && pgrep -f "^slurmstepd: \[$(basename "$socket" | sed "s/^n$1_\([0-9]*\).*/\1/")\." || true
  done
}
power_cut() {
  local step victims
  victims=$(cat "$LAB/n$1.pid")
  for step in $(steps_of "$1"); do victims="$victims $(with_children "$step" | tr '\n' ' ')"; done
  # shellcheck disable=SC2086
  kill -KILL $victims 2>/dev/null || true
  # What a machine that starts again does not have.
  rm -rf "$LAB/spool-n$1"
}

down() {
  [ -d "$LAB" ] || return 0
  local pid node
  scancel --full --user="$(id -un)" 2>/dev/null || true
  for node in "$LAB"/n*.pid; do
    [ -e "$node" ] && power_cut "$(basename "$node" .pid | tr -d n)"
  done
  for pid in "$LAB"/controller.pid "$LAB"/munged.pid; do
    [ -e "$pid" ] && kill "$(cat "$pid")" 2>/dev/null || true
  done
  until_true 30 bash -c "! kill -0 $(cat "$LAB/controller.pid") 2>/dev/null" || kill -KILL "$(cat "$LAB/controller.pid")"
  rm -rf "$LAB"
}

case ${1:-} in
  up)
    [ ! -e "$LAB" ] || { echo "lab.sh: $LAB is there already; lab.sh down takes it away" >&2; exit 1; }
    mkdir -p "$LAB/state" "$LAB/munge"
    chmod 755 "$LAB"
    chmod 700 "$LAB/munge"
    configure "$2"
    start_munged || { echo "lab.sh: munged does not answer; see $LAB/munged.out" >&2; exit 1; }
    start_controller
    for ((i = 0; i < $2; i++)); do start_node "$i"; done
    until_true 300 all_idle "$2" || { echo "lab.sh: the nodes did not come up; see $LAB" >&2; exit 1; }
    ;;
  wait) until_true $((${3:-300} * 10)) left_queue "$2" ;;
  power-cut) power_cut "$2" ;;
  lose-daemon) kill -KILL "$(cat "$LAB/n$2.pid")" ;;
  start) start_node "$2" ;;
  restart-controller)
    kill -KILL "$(cat "$LAB/controller.pid")"
    until_true 30 bash -c "! kill -0 $(cat "$LAB/controller.pid") 2>/dev/null"
    start_controller
    ;;
  heal) heal ;;
  clear) clear_queue ;;
  down) down ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
