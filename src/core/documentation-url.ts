const home = 'https://github.com/token-injector/token-injector';

/** The address of a page of the documentation, or of one of its headings: who reads a message has no checkout. */
export function documentationUrl(page: string, anchor?: string): string {
  const url = `${home}/blob/main/docs/${page}.md`;
  return anchor === undefined ? url : `${url}#${anchor}`;
}
