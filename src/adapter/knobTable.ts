import { ShapeError } from "../errors.ts";

/**
 * The place of each wrapped module's knob in a table `[M, P]`: one row per module, zero padded to the widest knob.
 *
 * Knobs, gradients and moments of all modules are one such table each, so that a step runs a few kernels, not M times a few.
 */
export interface KnobLayout {
  readonly moduleNames: readonly string[]; // [M], checkpoint order
  readonly widths: Int32Array; // [M], numbers in each module's knob
  readonly P: number; // the widest
}

/**
 * The layout of modules given in checkpoint order.
 *
 * @throws ShapeError  no module, a name that occurs twice, or a width that is not a whole number >= 1
 */
export function knobLayout(modules: Iterable<{ readonly moduleName: string; readonly width: number }>): KnobLayout {
  const list = [...modules];
  if (list.length === 0) throw new ShapeError("knobLayout: expected at least one module, got none");
  const seen = new Set<string>();
  for (const { moduleName, width } of list) {
    if (seen.has(moduleName)) throw new ShapeError(`knobLayout: expected each module once, got ${moduleName} twice`);
    if (!Number.isInteger(width) || width < 1)
      throw new ShapeError(`knobLayout: expected a whole width >= 1 for ${moduleName}, got ${width}`);
    seen.add(moduleName);
  }
  const widths = Int32Array.from(list, ({ width }) => width);
  return { moduleNames: list.map(({ moduleName }) => moduleName), widths, P: Math.max(...widths) };
}

/**
 * Lay one vector per module out as a table, zero padded.
 *
 * @param knobs  one vector per module of the layout, of that module's width
 * @returns      [M, P], row-major
 * @throws ShapeError  a module is missing, unknown, or of another width
 */
export function packKnobs(layout: KnobLayout, knobs: ReadonlyMap<string, ArrayLike<number>>): Float32Array {
  const { moduleNames, widths, P } = layout;
  const table = new Float32Array(moduleNames.length * P);
  moduleNames.forEach((moduleName, m) => {
    const knob = knobs.get(moduleName);
    if (knob === undefined) throw new ShapeError(`packKnobs: expected a knob for ${moduleName}, got none`);
    if (knob.length !== widths[m])
      throw new ShapeError(`packKnobs: expected ${widths[m]} numbers for ${moduleName}, got ${knob.length}`);
    table.set(knob, m * P);
  });
  if (knobs.size !== moduleNames.length) {
    const known = new Set(moduleNames);
    const stray = [...knobs.keys()].find((moduleName) => !known.has(moduleName));
    throw new ShapeError(`packKnobs: expected only the ${moduleNames.length} wrapped modules, got ${stray} as well`);
  }
  return table;
}

/**
 * Cut a table into one vector per module; the padding is dropped.
 *
 * @param table  [M, P], row-major
 * @throws ShapeError  the table's length is not M * P
 */
export function unpackKnobs(layout: KnobLayout, table: ArrayLike<number>): Map<string, Float32Array> {
  const { moduleNames, widths, P } = layout;
  if (table.length !== moduleNames.length * P)
    throw new ShapeError(`unpackKnobs: expected ${moduleNames.length} x ${P} numbers, got ${table.length}`);
  const flat = Float32Array.from(table);
  return new Map(moduleNames.map((moduleName, m) => [moduleName, flat.slice(m * P, m * P + widths[m]!)]));
}
