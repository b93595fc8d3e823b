/** The CAs that the API server is to trust, or why they are not known; neither before they were looked at. */
export interface TrustedCas {
  /** Each PEM. */
  readonly cas?: readonly string[];
  readonly problem?: string;
}
