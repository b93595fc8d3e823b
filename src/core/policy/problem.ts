/** One thing that is wrong with a document: where, and how to mend it. Never holds a value of the document. */
export interface Problem {
  /** Path of the field, such as `spec.inject.env[0].name`. */
  readonly path: string;
  readonly message: string;
}
