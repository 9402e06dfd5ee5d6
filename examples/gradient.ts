// Symbolic tensors, a gradient and a compiled program: softmax regression that learns to tell ten classes apart. Needs no model.

import { compile, grad, hostTensor, input } from 'sensorium/graph';

const x = input('x', [32, 784]),
  w = input('w', [784, 10]),
  labels = input('labels', [32, 1], 'int32');
const loss = x.matMul(w).logSoftmax().gatherElements(labels).mean().neg();
const step = await compile({ loss, dw: grad(loss, w) });

const classes = Array.from({ length: 32 }, (_, i) => i % 10);
const pixels = Float32Array.from({ length: 32 * 784 }, (_, k) => Number((k % 784) % 10 === classes[Math.floor(k / 784)]));
const values = {
  x: hostTensor('float32', [32, 784], pixels),
  w: hostTensor('float32', [784, 10]),
  labels: hostTensor('int32', [32, 1], classes),
};
for (let i = 0; i < 20; i++) {
  const out = await step.run(values); // runs off the JS thread; `values` are read where they lie
  values.w.data.forEach((v, k) => {
    values.w.data[k] = v - Number(out.dw?.data[k]);
  });
  if (i % 19 === 0) console.log(`loss ${Number(out.loss?.data[0]).toFixed(4)}`);
}
step.dispose();
