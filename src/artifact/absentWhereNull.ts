import { z } from "zod";

/**
 * A zod object that reads a field which holds null as one that is absent.
 *
 * pandas, datasets and parquet write every column into every row, null where the row had none.
 */
export function absentWhereNull<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.preprocess(withoutNulls, z.object(shape));
}

function withoutNulls(row: unknown): unknown {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return row;
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
