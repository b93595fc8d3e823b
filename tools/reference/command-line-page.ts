import type { Help } from './help.ts';
import { codeBlock, generatedFrom, page } from './markdown.ts';

/** The page of the command line: the help of the program and of each command. */
export function commandLinePage({ program, commands }: Help): string {
  return page([
    generatedFrom('the --help of src/main.ts and of each command'),
    '# Command line',
    [
      'The program explains itself: `token-injector --help`, and `token-injector <command> --help`.',
      'This page is what it says.',
    ].join('\n'),
    codeBlock('text', program),
    ...commands.flatMap(({ name, text }) => [`## ${name}`, codeBlock('text', text)]),
  ]);
}
