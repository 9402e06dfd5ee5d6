// Convolutions, pooling and resizing: TensorFlow's have the channels last, ONNX's have them first. ONNX Runtime removes the transposes that cancel.
const channelsFirst = (r, value) => r.builder.node('Transpose', [value], { perm: [0, 3, 1, 2] });
const channelsLast = (r, value) => r.builder.node('Transpose', [value], { perm: [0, 2, 3, 1] });
/** Height and width of an attribute that has four numbers. */
function plane(r, name, otherwise) {
    const four = r.list(name);
    if (four.length === 0 && otherwise)
        return [...otherwise];
    if (four.length !== 4 || four[0] !== 1 || four[3] !== 1)
        throw r.wrong(`${name} as [1, h, w, 1]`, `[${four.join(', ')}]`);
    return [four[1], four[2]];
}
function checkLayout(r) {
    const layout = r.text('data_format') ?? 'NHWC';
    if (layout !== 'NHWC')
        throw r.wrong('NHWC data', layout);
}
function padding(r) {
    const kind = r.text('padding');
    if (kind === 'SAME')
        return { auto_pad: 'SAME_UPPER' };
    if (kind === 'VALID')
        return { auto_pad: 'VALID' };
    const pads = r.list('explicit_paddings');
    if (kind !== 'EXPLICIT' || pads.length !== 8)
        throw r.wrong('padding SAME, VALID or EXPLICIT', kind ?? 'none');
    return { pads: [pads[2], pads[4], pads[3], pads[5]] };
}
/** A kernel [h, w, in, out] as [out, in, h, w]; of a depthwise one [h, w, in, multiplier] as [in * multiplier, 1, h, w]. */
function kernel(r, depthwise) {
    const { shape, data, dtype } = r.constant(1);
    if (shape.length !== 4 || dtype !== 'float32')
        throw r.wrong('a kernel of four dimensions', `${dtype} [${shape.join(', ')}]`);
    const [h, w, inputs, last] = shape;
    const out = new Float32Array(data.length);
    for (let y = 0, from = 0; y < h; y++)
        for (let x = 0; x < w; x++)
            for (let i = 0; i < inputs; i++)
                for (let o = 0; o < last; o++, from++) {
                    const row = depthwise ? i * last + o : o * inputs + i;
                    out[(row * h + y) * w + x] = data[from];
                }
    const dims = depthwise ? [inputs * last, 1, h, w] : [last, inputs, h, w];
    return { name: r.builder.constant('float32', dims, out), h, w, groups: depthwise ? inputs : 1 };
}
/** What a fused node does after its sum. */
export function activation(r, value, names) {
    const [name, ...more] = names;
    if (name === undefined)
        return value;
    const { builder } = r;
    if (more.length === 0) {
        if (name === 'Relu' || name === 'Sigmoid')
            return builder.node(name, [value]);
        if (name === 'Relu6')
            return builder.node('Clip', [value, builder.float(0), builder.float(6)]);
        if (name === 'LeakyRelu')
            return builder.node('LeakyRelu', [value], { alpha: { float: r.float('leakyrelu_alpha', 0.2) } });
    }
    throw r.wrong('Relu, Relu6, LeakyRelu or Sigmoid fused to it', names.join(', '));
}
/** Conv2D and its fused form. */
export function convolution(r, { depthwise = false } = {}) {
    checkLayout(r);
    const { name, h, w, groups } = kernel(r, depthwise);
    const fused = r.texts('fused_ops');
    const bias = fused[0] === 'BiasAdd';
    const x = r.builder.node('Conv', [channelsFirst(r, r.input(0)), name, ...(bias ? [r.input(2)] : [])], {
        kernel_shape: [h, w],
        strides: plane(r, 'strides'),
        dilations: plane(r, 'dilations', [1, 1]),
        group: groups,
        ...padding(r),
    });
    r.emit('Identity', [channelsLast(r, activation(r, x, bias ? fused.slice(1) : fused))]);
}
/** MaxPool and AvgPool. */
export function pooling(r, opType) {
    checkLayout(r);
    const x = r.builder.node(opType, [channelsFirst(r, r.input(0))], {
        kernel_shape: plane(r, 'ksize'),
        strides: plane(r, 'strides'),
        ...padding(r),
    });
    r.emit('Identity', [channelsLast(r, x)]);
}
/** ResizeBilinear; the size may be computed. */
export function resizeBilinear(r) {
    const { builder } = r;
    const x = channelsFirst(r, r.input(0));
    const size = builder.node('Cast', [r.input(1)], { to: 7 });
    const sizes = builder.node('Concat', [builder.node('Shape', [x], { start: 0, end: 2 }), size], { axis: 0 });
    const how = r.flag('align_corners') ? 'align_corners' : r.flag('half_pixel_centers') ? 'half_pixel' : 'asymmetric';
    const resized = builder.node('Resize', [x, '', '', sizes], { mode: 'linear', coordinate_transformation_mode: how });
    r.emit('Identity', [channelsLast(r, resized)]);
}
//# sourceMappingURL=convolution.js.map