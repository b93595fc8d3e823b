/** One measured number, and what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
}

/** Writes figures as a table for people. */
export function report(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, target }) => [
    name,
    `${format(value)} ${unit}`.trim(),
    target ? judge(value, target) : '',
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([name, value, verdict]) =>
    `${name!.padEnd(widths[0]!)}  ${value!.padStart(widths[1]!)}  ${verdict}`.trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function judge(value: number, target: NonNullable<Figure['target']>): string {
  const [met, text] =
    'atLeast' in target
      ? [value >= target.atLeast, `>= ${target.atLeast}`]
      : [value <= target.atMost, `<= ${target.atMost}`];
  return `${met ? 'met' : 'MISSED'} (${text})`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
