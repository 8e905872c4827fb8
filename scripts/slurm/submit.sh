#!/usr/bin/env bash
# Submits all steps of a planned job to Slurm: map as an array, merge, pack as an array, seal, one after the other.
# Nobody has to stay logged in. Run it again after failures: it submits only what is missing.
# usage: submit.sh WORK TASKS [sbatch options...]      VISIONSHARD names the program, if it is not on the PATH
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
work=$(realpath "$1") tasks=$2
shift 2
program=${VISIONSHARD:-visionshard}
logs=$work.log
command -v "$program" >/dev/null || { echo "submit.sh: there is no $program on the PATH; set VISIONSHARD to where it is" >&2; exit 2; }

plan=$("$program" status "$work" --json | sed -n 's/.*"plan":"\([0-9a-f]*\)".*/\1/p') || [ $? -eq 4 ]
[ -n "$plan" ] || { echo "submit.sh: $work holds no plan; run visionshard plan first" >&2; exit 4; }
# Two folders can hold the same plan.
name=visionshard-$plan-$(printf '%s' "$work" | cksum | cut -d ' ' -f 1)
queued=$(squeue -h -n "$name-map,$name-merge,$name-pack,$name-seal" -o %A | sort -un | tr '\n' ' ')
[ -z "$queued" ] || { echo "submit.sh: jobs of this plan are in the queue: $queued" >&2; exit 4; }
if "$program" status "$work" >/dev/null; then
  echo "submit.sh: $work is finished"
  exit 0
fi
mkdir -p "$logs"

# sbatch runs the command with sh, and the output of "printf %q" is for bash only.
quoted() {
  local word
  for word; do printf "'%s' " "${word//\'/\'\\\'\'}"; done
}

# Each task gets the number of tasks from here, never from Slurm: SLURM_ARRAY_TASK_COUNT is 2 if two of eight run again.
job=
submit() { # step, sbatch options, -- , what the step is given
  local step=$1 options=()
  shift
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  [ -z "$job" ] || options+=("--dependency=$depend:$job" --kill-on-invalid-dep=yes)
  job=$(sbatch --parsable --requeue --open-mode=append --job-name "$name-$step" "${options[@]}" "${extra[@]}" \
    --wrap "exec $(quoted "$program" "$step" "$work" "$@")")
  echo "submit.sh: $step is job $job"
}
extra=("$@")

missing=$("$program" status "$work" --missing map --tasks "$tasks") || [ $? -eq 4 ]
[ -z "$missing" ] || submit map --array="$missing" --output="$logs/map-%A_%a" -- --tasks "$tasks" -q
if [ -e "$work/layout.json" ] && [ -z "$missing" ]; then
  missing=$("$program" status "$work" --missing pack --tasks "$tasks") || [ $? -eq 4 ]
else
  # Not afterok: after a requeue of a task it never becomes true, although all tasks succeeded. merge checks by itself.
  depend=afterany submit merge --output="$logs/merge-%j" -- -q
  missing=0-$((tasks - 1))
fi
[ -z "$missing" ] || depend=afterok submit pack --array="$missing" --output="$logs/pack-%A_%a" -- --tasks "$tasks" -q
depend=afterany submit seal --output="$logs/seal-%j" -- -q
