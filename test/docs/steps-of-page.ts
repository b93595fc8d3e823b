/** Commands of a page, and the output that it shows right below them, if it does. */
interface Run {
  readonly kind: 'run';
  /** Of the section that it stands in. */
  readonly heading: string;
  readonly script: string;
  readonly output?: string;
}

/** A file that the page has its reader save. */
interface Save {
  readonly kind: 'save';
  readonly heading: string;
  readonly file: string;
  readonly text: string;
}

/** Commands that a page says are not replayed. */
interface Skip {
  readonly kind: 'skip';
  readonly heading: string;
  readonly script: string;
  readonly why: string;
}

/** What a page has its reader do. */
export type Step = Run | Save | Skip;

const fence = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

/**
 * The steps of a page of Markdown, in order. A block `sh` is to be run, unless the comment
 * `<!-- not replayed: WHY -->` stands above it; a block `text`, `yaml` or `diff` right below it is its output. A block below
 * a paragraph with "save this as `FILE`" is that file.
 */
export function stepsOf(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  for (const { heading, above, language, text } of blocksOf(markdown)) {
    const last = steps.at(-1);
    const file = /\bsave (?:this|it) as `([^`]+)`/i.exec(above)?.[1];
    const why = /<!-- not replayed: (.*) -->$/.exec(above)?.[1];
    if (language === 'sh') {
      const step = { heading, script: text };
      steps.push(why === undefined ? { kind: 'run', ...step } : { kind: 'skip', ...step, why });
    } else if (file !== undefined) {
      steps.push({ kind: 'save', heading, file, text });
    } else if (/^(text|yaml|diff)$/.test(language) && above === '' && last?.kind === 'run') {
      steps[steps.length - 1] = { ...last, output: text };
    }
  }
  return steps;
}

/** The fenced blocks of a page, each with the paragraph above it, which is empty where it follows another block. */
function blocksOf(markdown: string) {
  let heading = '';
  let end = 0;
  return [...markdown.matchAll(fence)].map((match) => {
    const [whole, indent = '', language = '', indented = ''] = match;
    const between = markdown.slice(end, match.index).trim();
    end = match.index + whole.length;
    heading = [...between.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? heading;
    const above = between.split('\n\n').at(-1) ?? '';
    const text = indented.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return { heading, above, language, text };
  });
}

/**
 * Whether an output holds what a page shows of it. Spaces and line breaks count once, and what differs each time
 * counts as the same: ages, times, and the letters at the end of the names of pods.
 */
export function shows(output: string, shown: string): boolean {
  return withoutWhatDiffers(output).includes(withoutWhatDiffers(shown));
}

const randomLetter = '[bcdfghjklmnpqrstvwxz2456789]';

function withoutWhatDiffers(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replaceAll(/\b(\d+[dhms])+\b/g, 'AGE')
    .replaceAll(new RegExp(`-${randomLetter}{7,10}-${randomLetter}{5}\\b`, 'g'), '-POD')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
