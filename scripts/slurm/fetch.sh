#!/usr/bin/env bash
# Downloads a corpus's images by Slurm: an array of tasks, each with its own hosts, then one that seals the store.
# Run it again after failures: only what is missing is requested.
# usage: fetch.sh STORE TASKS INPUT [options of fetch...]      VISIONSHARD names the program, if it is not on the PATH
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
store=$(realpath -m "$1") tasks=$2
shift 2
program=${VISIONSHARD:-visionshard}
logs=$store.log
command -v "$program" >/dev/null || { echo "fetch.sh: there is no $program on the PATH; set VISIONSHARD to where it is" >&2; exit 2; }
name=visionshard-fetch-$(printf '%s' "$store" | cksum | cut -d ' ' -f 1)
queued=$(squeue -h -n "$name,$name-seal" -o %A | sort -un | tr '\n' ' ')
[ -z "$queued" ] || { echo "fetch.sh: jobs of this store are in the queue: $queued" >&2; exit 4; }
mkdir -p "$logs"

# sbatch runs the command with sh, and the output of "printf %q" is for bash only.
quoted() {
  local word
  for word; do printf "'%s' " "${word//\'/\'\\\'\'}"; done
}

# The number of tasks comes from here, never from Slurm: SLURM_ARRAY_TASK_COUNT is 2 if two of eight run again.
job=$(sbatch --parsable --requeue --open-mode=append --job-name "$name" --array="0-$((tasks - 1))" \
  --output="$logs/fetch-%A_%a" --wrap "exec $(quoted "$program" fetch "$@" --store "$store" --tasks "$tasks")")
echo "fetch.sh: fetch is job $job"
# Not afterok: a task that ends with 4 has done what it could. The last one requests what is missing.
seal=$(sbatch --parsable --requeue --open-mode=append --job-name "$name-seal" --dependency="afterany:$job" \
  --output="$logs/seal-%j" --wrap "exec $(quoted "$program" fetch "$@" --store "$store")")
echo "fetch.sh: seal is job $seal"
