#!/bin/sh
# What a graphics adapter does, in one call of at most eight minutes: which kernels are right, the 12 M-parameter training step, a LoRA step of
# SmolVLM-256M's shape, decoding of SmolLM2-135M's shape in int4 and fp32, and CLIP-L/336, beside PyTorch eager on the same card where there is
# a torch with CUDA (SENSORIUM_PYTHON, default python3). Weights are random: nothing is downloaded.
#
#   bench/gpu.sh [FOLDER]     results as JSON go there (default results/gpu)
#
# With a software driver (docs/device.md) it runs too, and says nothing about speed.
set -u
cd "$(dirname "$0")/.."
out=${1:-results/gpu}
mkdir -p "$out"
began=$(date +%s)
export SENSORIUM_DEVICE=webgpu
python=${SENSORIUM_PYTHON:-python3}
if "$python" -c 'import torch; raise SystemExit(not torch.cuda.is_available())' 2>/dev/null; then
  export SENSORIUM_TORCH_DEVICE=cuda
  peers=
else
  echo 'no torch with CUDA: PyTorch is left out'
  peers=--no-peers
fi

# left SHARE: seconds for the next part, of the eight minutes that there are.
left() {
  rest=$((480 - ($(date +%s) - began)))
  [ "$rest" -lt "$1" ] && echo "$rest" || echo "$1"
}
# part NAME SECONDS COMMAND…: a part that takes too long, or fails, leaves the others their time.
part() {
  name=$1 seconds=$(left "$2")
  shift 2
  [ "$seconds" -lt 5 ] && { echo "== $name: no time left"; return; }
  echo "== $name (at most $seconds s)"
  timeout -k 5 "$seconds" "$@" || echo "== $name: ended with $?"
}

part doctor 60 node bin/sensorium.mjs doctor
part 'training step' 100 npm run --silent bench -- train --quick $peers --json "$out/train.json"
part 'LoRA step' 120 npm run --silent bench -- finetune --quick $peers --case lora --json "$out/finetune.json"
part 'decoding int4' 80 npm run --silent bench -- decode --quick --no-peers --precision int4 --json "$out/decode-int4.json"
part 'decoding fp32' 80 npm run --silent bench -- decode --quick $peers --precision fp32 --json "$out/decode-fp32.json"
part 'CLIP-L/336' 80 npm run --silent bench -- vision --quick $peers --precision fp32 --json "$out/vision.json"
echo "== done in $(($(date +%s) - began)) s, results in $out"
