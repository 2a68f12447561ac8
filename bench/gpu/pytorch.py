"""PyTorch's own figure: clips a second of the same tower in float16, input on the host, output back on the host.

python pytorch.py --batches 1,2,4,8,16 --seconds 5 [--layers 32 --d-model 1280 --heads 20 --ffn 5120 --projection 4096]
Prints one JSON object.
"""

import argparse
import json
import statistics
import time

import torch
import transformers
from transformers import Qwen2AudioEncoderConfig
from transformers.models.qwen2_audio.modeling_qwen2_audio import Qwen2AudioEncoder

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--batches", default="1,2,4,8,16")
parser.add_argument("--seconds", type=float, default=5)
parser.add_argument("--layers", type=int, default=32)
parser.add_argument("--d-model", type=int, default=1280)
parser.add_argument("--heads", type=int, default=20)
parser.add_argument("--ffn", type=int, default=5120)
parser.add_argument("--projection", type=int, default=4096)
parser.add_argument("--device", default="cuda")
args = parser.parse_args()

dtype = torch.float16 if args.device == "cuda" else torch.float32
config = Qwen2AudioEncoderConfig(
    num_mel_bins=128,
    encoder_layers=args.layers,
    d_model=args.d_model,
    encoder_attention_heads=args.heads,
    encoder_ffn_dim=args.ffn,
)
config._attn_implementation = "sdpa"
encoder = Qwen2AudioEncoder(config).to(args.device, dtype).eval()
projector = torch.nn.Linear(args.d_model, args.projection).to(args.device, dtype)


@torch.inference_mode()
def run(features):
    hidden = encoder(features.to(args.device, dtype, non_blocking=True)).last_hidden_state
    return projector(hidden).float().cpu()


results = []
for batch in map(int, args.batches.split(",")):
    features = torch.randn(batch, 128, 3000)
    if args.device == "cuda":
        features = features.pin_memory()
    for _ in range(3):
        run(features)
    # Each run ends with its result on the host: nothing is under way between two.
    times = []
    end = time.perf_counter() + args.seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        run(features)
        times.append(time.perf_counter() - start)
    seconds = statistics.median(times)
    results.append({"batch": batch, "milliseconds": seconds * 1000, "clipsPerSecond": batch / seconds})

print(
    json.dumps(
        {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "cuda": torch.version.cuda,
            "dtype": str(dtype).removeprefix("torch."),
            "rows": results,
        }
    )
)
