import type { Attribute, ElementType, Initializer, Node } from './model.js';

const floats = { float32: Float32Array, float64: Float64Array } as const;

/** Collects nodes and constants of a graph, and gives their values names. */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly #float: keyof typeof floats;

  /** `float`: element type of the constants that `float` and `matrix` make. */
  constructor(float: keyof typeof floats) {
    this.#float = float;
  }

  /** Adds a node of one output, and gives its name. */
  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = `${op.toLowerCase()}_${this.nodes.length}`;
    this.addTo(output, op, inputs, attributes);
    return output;
  }

  /** Adds a node whose output has a name already, such as an output of the graph. */
  addTo(
    output: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    this.nodes.push({ op, inputs, outputs: [output], attributes });
  }

  /** A constant of one whole number for each argument. */
  integers(...values: readonly number[]): string {
    return this.#constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A constant without axes. */
  float(value: number): string {
    return this.#constant(this.#float, [], floats[this.#float].of(value));
  }

  matrix(rows: number, columns: number, element: (row: number, column: number) => number): string {
    const data = new floats[this.#float](rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) data[row * columns + column] = element(row, column);
    }
    return this.#constant(this.#float, [rows, columns], data);
  }

  #constant(dtype: ElementType, shape: readonly number[], data: ArrayBufferView): string {
    const name = `constant_${this.initializers.length}`;
    this.initializers.push({ name, dtype, shape, data });
    return name;
  }
}
