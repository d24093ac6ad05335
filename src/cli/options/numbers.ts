import { InvalidArgumentError } from "commander";

export const integer = numberThat("a whole number", Number.isSafeInteger);
export const count = numberThat("a whole number of at least 1", (n) => Number.isSafeInteger(n) && n >= 1);
export const wholeNumber = numberThat("a whole number of at least 0", (n) => Number.isSafeInteger(n) && n >= 0);
export const nonNegative = numberThat("a number of at least 0", (n) => Number.isFinite(n) && n >= 0);
export const positive = numberThat("a number above 0", (n) => Number.isFinite(n) && n > 0);

function numberThat(what: string, fits: (n: number) => boolean): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (text.trim() === "" || !fits(n)) throw new InvalidArgumentError(`expected ${what}, got ${text}`);
    return n;
  };
}
