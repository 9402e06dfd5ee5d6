# Views of a small cloud by a plain numpy version of PointCLIP V2's realistic projection: `/tmp/py/bin/python test/golden/make_point_clip.py`.
# Written from the definition (arXiv:2211.11682 and its published settings); numpy 2, float32 throughout.

import json
import numpy as np

F = np.float32
R, D, BIAS, RATIO = 112, 8, F(0.2), F(0.8)


def rot(x, y, z):
    cx, sx, cy, sy, cz, sz = np.cos(x), np.sin(x), np.cos(y), np.sin(y), np.cos(z), np.sin(z)
    X = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    Y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    Z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return (X @ Y @ Z).astype(F)


def view(points, angles, bias):
    p = points @ rot(*angles).T
    p = (p @ rot(*bias).T).astype(F)
    high, low = p.max(0), p.min(0)
    p = (p - (high + low) / F(2)) / (high - low).max() * F(2)
    p[:, :2] *= RATIO
    x = np.clip(np.ceil((p[:, 0] + F(1)) / F(2) * F(R)), 1, R - 2).astype(int)
    y = np.clip(np.ceil((p[:, 1] + F(1)) / F(2) * F(R)), 1, R - 2).astype(int)
    z = ((p[:, 2] + F(1)) / F(2) + BIAS) / (F(1) + BIAS) * F(D - 2)
    grid = np.zeros((D, R, R), F)
    for i in range(len(p)):
        cell = (int(np.ceil(z[i])), x[i], y[i])
        grid[cell] = max(grid[cell], min(max(z[i], F(1)), F(D - 2)))
    padded = np.full((D, R + 4, R + 4), -np.inf, F)
    padded[:, 2:-2, 2:-2] = grid
    n = R + 4 - 6
    dense = np.max([padded[:, i : i + n, k : k + n] for i in range(7) for k in range(7)], axis=0)
    one = np.exp(-((np.arange(3) - 1.0) ** 2) / (2 * 3.0**2))
    kernel = np.outer(one, one)
    kernel /= kernel.sum()
    wide = np.zeros((D, n + 2, n + 2))
    wide[:, 1:-1, 1:-1] = dense
    smooth = sum(kernel[i, k] * wide[:, i : i + n, k : k + n] for i in range(3) for k in range(3))
    image = smooth.max(0)
    return 1 - image / image.max()


rng = np.random.default_rng(7)
points = np.round(rng.normal(size=(60, 3)) * [0.5, 0.8, 0.3], 3).astype(F)
h = np.pi / 2
angles = [(k * np.pi / 4, 0, h) for k in (1, 3, 5, 7)] + [(k * h, 0, h) for k in range(4)] + [(0, -h, h), (0, h, h)]
views = []
for i, a in enumerate(angles):
    v = view(points, a, (0, np.pi / (9 if i < 8 else 15), 0))
    views.append({"side": v.shape[0], "mean": float(v.mean()), "std": float(v.std()), "sample": [round(float(q), 6) for q in v[5::11, 5::11].ravel()]})
json.dump({"points": [float(q) for q in points.ravel()], "views": views}, open("test/golden/point-clip.json", "w"))
print("mean of each view", [round(v["mean"], 4) for v in views])
