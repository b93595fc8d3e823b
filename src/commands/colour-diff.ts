import { styleText } from 'node:util';

/** Colours a unified diff as git does. */
export function colourDiff(diff: string): string {
  const style = (line: string) => {
    if (line.startsWith('---') || line.startsWith('+++')) return styleText('bold', line);
    if (line.startsWith('@@')) return styleText('cyan', line);
    if (line.startsWith('+')) return styleText('green', line);
    return line.startsWith('-') ? styleText('red', line) : line;
  };
  return diff.split('\n').map(style).join('\n');
}
