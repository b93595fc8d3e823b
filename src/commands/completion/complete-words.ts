import type { Argument, Command, Option } from 'commander';
import { workloadKinds } from '../../kube/workloads.ts';

interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

type Completion = readonly Candidate[] | 'files';

/** The command with which a shell, or kubectl, asks for what may come next. */
const question = '__complete';
/** kubectl runs the program by this name to complete the words of its plugin. */
const kubectlName = /(^|[/\\])kubectl_complete-token_injector(\.[a-z]+)?$/;

/** The words that a shell wants completed, the last of them unfinished; undefined where the program is started to do something. */
export function wordsToComplete([, program = '', ...words]: readonly string[]):
  | readonly string[]
  | undefined {
  if (kubectlName.test(program)) return words;
  return words[0] === question ? words.slice(1) : undefined;
}

/**
 * What may come next, as kubectl and our own scripts read it: a line for each candidate, its meaning after a tab, and a
 * last line `:4`, or `:0` where it is the name of a file.
 */
export function completeWords(program: Command, words: readonly string[]): string {
  const completion = complete(program, words);
  if (completion === 'files') return ':0\n';
  return [...completion.map(({ word, meaning }) => `${word}\t${meaning}\n`), ':4\n'].join('');
}

function complete(program: Command, words: readonly string[]): Completion {
  const [first = '', ...rest] = words;
  const commands = program.createHelp().visibleCommands(program);
  if (rest.length === 0)
    return startingWith(first, first.startsWith('-') ? flagsOf(program) : namesOf(commands));
  if (first === 'help') return rest.length === 1 ? startingWith(rest[0]!, namesOf(commands)) : [];
  const command = commands.find((known) => known.name() === first);
  return command ? completeIn(command, rest) : [];
}

function completeIn(command: Command, words: readonly string[]): Completion {
  const current = words.at(-1)!;
  const joined = /^(--[^=]+=)(.*)$/s.exec(current);
  if (joined) {
    const [, flag = '', start = ''] = joined;
    const values = valuesOf(findOption(command, flag.slice(0, -1)), start);
    return values === 'files'
      ? values
      : values.map(({ word, meaning }) => ({ word: flag + word, meaning }));
  }
  const { place, option } = walk(command, words.slice(0, -1));
  // bash takes the sign for a word of its own.
  if (option) return valuesOf(option, current === '=' ? '' : current);
  if (current.startsWith('-')) return startingWith(current, flagsOf(command));
  return argumentsOf(command, place, current);
}

/** Counts the arguments before the current word, and finds the option whose value it is. */
function walk(command: Command, before: readonly string[]) {
  let place = 0;
  let option: Option | undefined;
  for (const word of before.filter((text) => text !== '=')) {
    if (option) option = undefined;
    else if (word.startsWith('-') && !word.includes('=')) option = findOption(command, word);
    else if (!word.startsWith('-')) place += 1;
    if (option && !option.required) option = undefined;
  }
  return { place, option };
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => flag === long || flag === short);
}

function valuesOf(option: Option | undefined, start: string): Completion {
  if (option?.argChoices) return startingWith(start, option.argChoices.map(plain));
  return option && /<(path|pem)>/.test(option.flags) ? 'files' : [];
}

function argumentsOf(command: Command, place: number, start: string): Completion {
  const declared: readonly Argument[] = command.registeredArguments;
  const argument = declared[place] ?? declared.findLast(({ variadic }) => variadic);
  if (!argument) return [];
  if (argument.argChoices) return startingWith(start, argument.argChoices.map(plain));
  if (argument.name() === 'file') return 'files';
  return command.name() === 'explain' && place === 0
    ? startingWith(start, workloadKinds.map(plain))
    : [];
}

function flagsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', meaning: description }));
}

function namesOf(commands: readonly Command[]): Candidate[] {
  return commands.map((command) => ({
    word: command.name(),
    meaning: command.summary() || command.description(),
  }));
}

function plain(word: string): Candidate {
  return { word, meaning: '' };
}

function startingWith(start: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(start));
}
