import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow, read, tablesOf } from './documentation.ts';

const index = 'docs/decisions/README.md';

const [[, ...rows]] = tablesOf(read(index)) as [string[][]];

it('docs/decisions/README.md lists every record of the folder with its number and title, in order, and no other', () => {
  const records = filesBelow('docs/decisions', '.md').filter((file) => file !== index);
  const expected = records.map((file) => {
    const [, number, title] = /^# (\d{4}): (.*)$/m.exec(read(file)) ?? [];
    expect(basename(file)).toMatch(new RegExp(`^${number}-`));
    return [number, `[${title}](${basename(file)})`];
  });
  expect(rows.map((row) => row.slice(0, 2))).toEqual(expected);
});

it('docs/decisions/README.md gives each record a date and a status', () => {
  for (const [number, , date, status] of rows)
    expect(`${number} ${date} ${status}`).toMatch(
      /^\d{4} \d{4}-\d\d-\d\d (Accepted|Superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\))$/,
    );
});
