/** `npm run test:fast` bounds the runs of every law. */
export const mostRuns = process.env["VHACK_FAST"] === undefined ? Number.POSITIVE_INFINITY : 5;
