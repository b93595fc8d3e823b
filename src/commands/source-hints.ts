import type { TextPreview } from '../manifests/preview-injection.ts';
import { sourceHint } from '../manifests/read/source-hint.ts';

/** Says what to pass instead of files that hold no manifests, but what they are made from. */
export function sourceHints(
  previews: readonly (Pick<TextPreview, 'skipped'> & { readonly file: string })[],
): string[] {
  return previews.flatMap(({ file, skipped }) =>
    skipped.flatMap(({ line, object }) => {
      const hint = sourceHint(file, object);
      return hint === undefined ? [] : [`${file}:${line}: ${hint}`];
    }),
  );
}
