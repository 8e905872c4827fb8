#!/usr/bin/env bash
# Submits a planned job to AWS Batch: map and pack as array jobs, merge and seal as single jobs, one after the other.
# The image of the job definition has visionshard as its entry point, as scripts/Dockerfile has, and mounts a filesystem
# with hard links (EFS, FSx for Lustre) that holds WORK. visionshard reads AWS_BATCH_JOB_ARRAY_INDEX. Run it again after
# failures: finished parts are left as they are.
# usage: submit.sh WORK TASKS QUEUE DEFINITION      TASKS: 2 to 10000, as arrays of AWS Batch are
set -euo pipefail
[ $# -eq 4 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
work=$1 tasks=$2 queue=$3 definition=$4

submit() { # step, after which job, what else `aws batch submit-job` is given
  local step=$1 after=$2
  shift 2
  # Arguments of the image's entry point: AWS Batch replaces the arguments, not the entry point.
  local command=("$step" "$work")
  case $step in map | pack) command+=("--tasks" "$tasks") ;; esac
  command=("${command[@]//\\/\\\\}")
  printf -v json '"%s",' "${command[@]//\"/\\\"}"
  aws batch submit-job --job-name "visionshard-$step" --job-queue "$queue" --job-definition "$definition" \
    ${after:+--depends-on "jobId=$after"} --retry-strategy attempts=3 \
    --container-overrides "{\"command\":[${json%,}]}" --query jobId --output text "$@"
}

array=(--array-properties "size=$tasks")
map=$(submit map "" "${array[@]}")
merge=$(submit merge "$map")
pack=$(submit pack "$merge" "${array[@]}")
seal=$(submit seal "$pack")
echo "submit.sh: map $map, merge $merge, pack $pack, seal $seal"
