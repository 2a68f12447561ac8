import { describe, expect, test } from 'vitest';
import { type Tensor, toBfloat16, toFloat16 } from '../../dist/index.js';
import { errorOf, thrownBy } from '../safe/outcome.js';

function tensor(data: Float32Array, ...shape: number[]): Tensor<Float32Array> {
  return { data, shape: shape.length > 0 ? shape : [data.length], dtype: 'float32' };
}

/** Of bits, by the definition of IEEE 754 and of bfloat16. */
const value = {
  float16: (bits: number): number => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const mantissa = bits & 1023;
    if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
  },
  bfloat16: (bits: number): number => new Float32Array(Uint32Array.of(bits * 2 ** 16).buffer)[0] as number,
};

describe.each([
  ['float16', toFloat16],
  ['bfloat16', toBfloat16],
] as const)('%s', (dtype, convert) => {
  test('every number comes back, whichever of the 65536 it is', async () => {
    const numbers = Float32Array.from({ length: 65_536 }, (_, bits) => value[dtype](bits));
    const half = await convert(tensor(numbers, 256, 256));
    expect(half).toMatchObject({ shape: [256, 256], dtype });
    const wrong = half.data.findIndex((bits, i) => !Object.is(value[dtype](bits), value[dtype](i)));
    expect(wrong).toBe(-1);
  });

  test('numbers that have no bits of their own go to the nearest', async () => {
    const numbers = Float32Array.from({ length: 100_003 }, (_, i) => Math.sin(i) * 2 ** ((i % 46) - 30));
    const { data } = await convert(tensor(numbers));
    const farther = data.findIndex((bits, i) => {
      const distance = (other: number) => Math.abs(value[dtype](other) - (numbers[i] as number));
      return distance(bits) > distance(bits + 1) || ((bits & 0x7fff) > 0 && distance(bits) > distance(bits - 1));
    });
    expect(farther).toBe(-1);
  });

  test('the result can be transferred, however large', async () => {
    const { data } = await convert(tensor(new Float32Array(6_000_000).fill(1.5)));
    expect(data.at(-1)).toBe(dtype === 'float16' ? 0x3e00 : 0x3fc0);
    const { buffer } = data;
    expect(structuredClone(buffer, { transfer: [buffer] }).byteLength).toBe(12_000_000);
  });

  test('none, shared memory, and views', async () => {
    expect((await convert(tensor(new Float32Array(0)))).data.length).toBe(0);
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.fill(1);
    const call = convert(tensor(shared));
    shared.fill(2);
    expect(new Set((await call).data).size).toBe(1);
    expect((await call).data[0]).toBe(dtype === 'float16' ? 0x3c00 : 0x3f80);
    expect((await convert(tensor(Float32Array.of(9, 1, 9).subarray(1, 2)))).data).toEqual(
      (await call).data.slice(0, 1),
    );
  });

  test('arguments are checked at the call, and a signal stops it', async () => {
    for (const wrong of [undefined, null, new Float32Array(1), tensor(new Float64Array(1) as never)]) {
      expect(thrownBy(() => convert(wrong as never))).toBeInstanceOf(TypeError);
    }
    const one = tensor(Float32Array.of(1));
    expect(thrownBy(() => convert(one, { timeout: 1 } as never))).toBeInstanceOf(TypeError);
    expect(thrownBy(() => convert(one, { signal: 1 } as never))).toBeInstanceOf(TypeError);
    expect(await errorOf(convert(one, { signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
  });
});

test('rounding is to nearest, with ties to even; beyond the range is infinity', async () => {
  const numbers = Float32Array.of(
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    65_519,
    65_520,
    -65_520,
    2 ** -25,
    2 ** -25 + 2 ** -40,
  );
  expect([...(await toFloat16(tensor(numbers))).data]).toEqual([0x3c00, 0x3c02, 0x7bff, 0x7c00, 0xfc00, 0, 1]);
  const others = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38, -3.4e38, 1e-45);
  expect([...(await toBfloat16(tensor(others))).data]).toEqual([0x3f80, 0x3f82, 0x7f80, 0xff80, 0]);
});
