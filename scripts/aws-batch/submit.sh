#!/usr/bin/env bash
# Hands a planned job to AWS Batch: map and pack as array jobs, merge and seal as single ones, each behind the one before.
# The job definition's image has visionshard as its entry point, as scripts/Dockerfile's, and mounts a file system with hard links (EFS, FSx for Lustre) where
# WORK lies. AWS Batch gives each child AWS_BATCH_JOB_ARRAY_INDEX, which visionshard reads. Run it again after failures:
# what is there already is left alone.
# usage: submit.sh WORK TASKS QUEUE DEFINITION      TASKS: 2 to 10000, as arrays of AWS Batch are
set -euo pipefail
[ $# -eq 4 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
work=$1 tasks=$2 queue=$3 definition=$4

submit() { # step, behind which job, what else `aws batch submit-job` is given
  local step=$1 after=$2
  shift 2
  # Behind the image's entry point: AWS Batch replaces what stands behind it, and not the entry point itself.
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
