/** What a stream of lines may be. */
export interface LineLimits {
  readonly maxBytes: number;
}

/** The stream broke the rules: its bytes make no line of JSON. The message quotes none of them. */
export class BadLine extends Error {
  override readonly name = 'BadLine';
}

/** Reads JSON that comes one value a line; throws BadLine for what is none, half a line at the end included. */
export async function* readJsonLines(
  chunks: AsyncIterable<Buffer>,
  { maxBytes }: LineLimits,
): AsyncGenerator {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(10, start);
      const part = end === -1 ? chunk.subarray(start) : chunk.subarray(start, end);
      size += part.length;
      if (size > maxBytes) throw new BadLine(`a line is longer than ${maxBytes} bytes`);
      parts.push(part);
      if (end === -1) break;
      if (size > 0) yield parseLine(Buffer.concat(parts));
      parts = [];
      size = 0;
      start = end + 1;
    }
  }
  if (size > 0) throw new BadLine('the stream ended in the middle of a line');
}

function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    // The error of JSON.parse quotes what it read.
    throw new BadLine('a line is not JSON');
  }
}
