import { splitImage } from './image-reference.ts';

/** The values of the chart with which commands of pages run on the node. */
export function pageValues(image: string): Readonly<Record<string, string>> {
  const { repository, tag } = splitImage(image);
  return {
    'image.repository': repository,
    'image.tag': tag,
    // So that pods end soon.
    'webhook.drainSeconds': '2',
    // The machine may be busy.
    'webhook.timeoutSeconds': '5',
  };
}
