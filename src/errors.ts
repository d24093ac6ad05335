/** Stable error codes and the exit code each one maps to: 2 usage or configuration, 3 could not measure. */
export const exitCodeOf = {
  E_USAGE: 2,
  E_CONFIG: 2,
  E_ARTIFACT: 2,
  E_SHAPE: 3,
  E_NON_FINITE: 3,
  E_MEMORY: 3,
  E_DEVICE: 3,
  E_SANDBOX: 3,
  E_LOCKED: 3,
} as const;

export type ErrorCode = keyof typeof exitCodeOf;

/**
 * Every failure that this program foresees.
 *
 * The message reads `where: expected what, got what`, then what to do about it.
 */
export class ProbeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(bounded(message), cause === undefined ? undefined : { cause });
    this.name = "ProbeError";
    this.code = code;
  }
}

/** What a hostile file puts into a message (a name of a megabyte) does not flood the terminal. */
function bounded(message: string): string {
  return message.length > 4000 ? `${message.slice(0, 3000)} [...] ${message.slice(-900)}` : message;
}

/**
 * A value for an error message: JSON, cut to a readable length; nesting and long texts of a hostile file are not followed.
 */
export function quoted(value: unknown): string {
  const seen = (item: unknown, depth: number): unknown => {
    if (typeof item === "string") return item.length > 80 ? `${item.slice(0, 80)}...` : item;
    if (typeof item !== "object" || item === null) return typeof item === "bigint" ? `${item}n` : item;
    if (depth === 3) return Array.isArray(item) ? "[...]" : "{...}";
    if (Array.isArray(item)) return item.slice(0, 8).map((part) => seen(part, depth + 1));
    const entries = Object.entries(item).slice(0, 8);
    return Object.fromEntries(entries.map(([key, part]) => [key.slice(0, 80), seen(part, depth + 1)]));
  };
  const text = JSON.stringify(seen(value, 0)) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

/** The command line is off: unknown flag, missing argument, impossible combination. */
export class UsageError extends ProbeError {
  override name = "UsageError";
  constructor(message: string, cause?: unknown) {
    super("E_USAGE", message, cause);
  }
}

/** A model, problem or run configuration that this program cannot or must not run. */
export class ConfigError extends ProbeError {
  override name = "ConfigError";
  constructor(message: string, cause?: unknown) {
    super("E_CONFIG", message, cause);
  }
}

/** A problem that cannot be graded: its setup code fails, or an assert cannot be decided from returned values. */
export class ProblemError extends ConfigError {
  override name = "ProblemError";
}

/** A file that is missing, truncated, foreign, or made by something else than it should be. */
export class ArtifactError extends ProbeError {
  override name = "ArtifactError";
  constructor(message: string, cause?: unknown) {
    super("E_ARTIFACT", message, cause);
  }
}

/** Tensors or arrays whose shapes do not fit together. */
export class ShapeError extends ProbeError {
  override name = "ShapeError";
  constructor(message: string, cause?: unknown) {
    super("E_SHAPE", message, cause);
  }
}

/** NaN or infinity where a finite number is owed. Never skipped, clamped or defaulted. */
export class NonFiniteError extends ProbeError {
  override name = "NonFiniteError";
  constructor(message: string, cause?: unknown) {
    super("E_NON_FINITE", message, cause);
  }
}

/** The tensor byte budget would be exceeded. */
export class MemoryError extends ProbeError {
  override name = "MemoryError";
  constructor(message: string, cause?: unknown) {
    super("E_MEMORY", message, cause);
  }
}

/** A card, its driver or one of its libraries refused a call. */
export class DeviceError extends ProbeError {
  override name = "DeviceError";
  constructor(message: string, cause?: unknown) {
    super("E_DEVICE", message, cause);
  }
}

/** The cage for untrusted code could not do its work. (A submission that fails is a result, not this.) */
export class SandboxError extends ProbeError {
  override name = "SandboxError";
  constructor(message: string, cause?: unknown) {
    super("E_SANDBOX", message, cause);
  }
}

/** Another run holds the folder. */
export class LockedError extends ProbeError {
  override name = "LockedError";
  constructor(message: string, cause?: unknown) {
    super("E_LOCKED", message, cause);
  }
}
