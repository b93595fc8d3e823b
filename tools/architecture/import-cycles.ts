import type { Import } from './imports.ts';

/** The rings of files that import each other, each as the way round it. */
export function importCycles(imports: readonly Import[]): string[] {
  const files = imports.filter(({ isFile }) => isFile);
  const importsByFile = Map.groupBy(files, ({ from }) => from);
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start !== -1) cycles.push([...way.slice(start), file].join(' → '));
    if (start !== -1 || done.has(file)) return;
    for (const { to } of importsByFile.get(file) ?? []) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of importsByFile.keys()) visit(file, []);
  return cycles;
}
