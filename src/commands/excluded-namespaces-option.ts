import { Option } from 'commander';
import { namespaces } from './flag-values.ts';

/** The flag that names the namespaces in which no policy selects a pod. */
export function excludedNamespacesOption(): Option {
  return new Option(
    '--excluded-namespaces <names>',
    'namespaces that are excluded for all policies',
  )
    .argParser(namespaces)
    .default([], 'none');
}
