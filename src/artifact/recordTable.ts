import type { z } from "zod";

/** The fields of a record by our names, in the order of the file: the name on disk, and what a value must be. */
export type RecordTable = Readonly<Record<string, readonly [onDisk: string, schema: z.ZodType]>>;

/** The shape of the record on disk, for `z.object`. */
export type DiskShape<T extends RecordTable> = { [Name in keyof T as T[Name][0]]: T[Name][1] };

/** The record in memory: a field that may be absent on disk may be absent here, unless its schema has a default. */
export type RecordOf<T extends RecordTable> = Frozen<z.output<z.ZodObject<{ [Name in keyof T]: T[Name][1] }>>>;

/** The record by its names on disk, parsed. */
type OnDisk<T extends RecordTable> = z.output<z.ZodObject<DiskShape<T>>>;

type Frozen<Fields> = { readonly [Name in keyof Fields]: Readonly<Fields[Name]> };

export function diskShape<T extends RecordTable>(table: T): DiskShape<T> {
  return Object.fromEntries(Object.values(table)) as DiskShape<T>;
}

/** A record under our names; names that the table does not hold are dropped. */
export function fromDisk<T extends RecordTable>(table: T, onDisk: OnDisk<T>): RecordOf<T> {
  const values = new Map(Object.entries(onDisk));
  return Object.fromEntries(
    Object.entries(table).map(([name, [diskName]]) => [name, values.get(diskName)]),
  ) as RecordOf<T>;
}

/** A record under the names on disk, in the order of the table. */
export function toDisk<T extends RecordTable>(table: T, record: RecordOf<T>): OnDisk<T> {
  const values = new Map(Object.entries(record));
  return Object.fromEntries(
    Object.entries(table).map(([name, [diskName]]) => [diskName, values.get(name)]),
  ) as OnDisk<T>;
}
