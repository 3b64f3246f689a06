/** A document of a YAML stream. */
export interface YamlDocument {
  text: string;
  /** Its first line's number in the stream, from 1. */
  line: number;
}

/** The documents of a stream, those without anything but comments left out. */
export function documentsOf(stream: string): YamlDocument[] {
  const documents: YamlDocument[] = [];
  let lines: string[] = [];
  let from = 1;
  const end = (next: number) => {
    const isEmpty = lines.every((line) => /^\s*(#.*)?$/.test(line));
    if (!isEmpty) documents.push({ text: lines.join("\n"), line: from });
    lines = [];
    from = next;
  };
  stream.split("\n").forEach((line, at) => {
    if (/^---(\s|$)/.test(line)) {
      end(at + 2);
    } else lines.push(line);
  });
  end(0);
  return documents;
}
