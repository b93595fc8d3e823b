const sourceKey = '[.]?[-_a-zA-Z0-9][-._a-zA-Z0-9]*';

/** The form of a text with `${key}` for keys of a Secret and `$$` for a dollar sign. */
export const templatePattern = `^([^$]|[$][$]|[$][{]${sourceKey}[}])*$`;

const places = new RegExp(`[$][$]|[$][{](?<key>${sourceKey})[}]`, 'g');

/** The keys that a template has, each once. */
export function templateKeys(template: string): string[] {
  const keys = [...template.matchAll(places)].flatMap(({ groups }) => groups?.['key'] ?? []);
  return [...new Set(keys)];
}

/** A template with the value of each key in its place. */
export function fillTemplate(template: string, valueOf: (key: string) => string): string {
  return template.replaceAll(places, (_, key: string | undefined) =>
    key === undefined ? '$' : valueOf(key),
  );
}
