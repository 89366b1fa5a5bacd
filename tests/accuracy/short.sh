#!/bin/sh
# short.sh RUNNER FOLDER [SEED [RECEIPTS]]: makes a world, lets the matcher work in it, and holds it to the targets of the bench.
set -eu
runner=$1 folder=$2 seed=${3:-1} receipts=${4:-10000}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder"
python3 "$here/generate.py" --seed "$seed" --receipts "$receipts" --out "$folder"
"$runner" "$folder"
python3 "$here/score.py" --truth "$folder/truth.jsonl" --decisions "$folder/decisions.jsonl" --receipts "$folder/receipts.jsonl" --show 10 --gate
