// RE2, which CEL uses, and JavaScript read all of these alike.
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const qualified = '[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?';

/** The label with its name that the API server sets on every namespace. */
export const namespaceNameLabel = 'kubernetes.io/metadata.name';

/** The most characters of a DNS label, and of a label's value. */
export const maxLabelLength = 63;
/** The most characters of a DNS subdomain, the name of most objects. */
export const maxSubdomainLength = 253;

/** The most characters of a label's key. */
export const maxLabelKeyLength = maxSubdomainLength + 1 + maxLabelLength;

/** The form of a DNS label, such as the name of a namespace or container. */
export const dnsLabelPattern = `^${label}$`;
/** The form of a DNS subdomain. */
export const dnsSubdomainPattern = `^${subdomain}$`;
/** The form of DNS labels separated by commas, with spaces around them. */
export const dnsLabelListPattern = `^ *${label} *(, *${label} *)*$`;
/** The form of a pattern for DNS labels, in which * stands for any characters. */
export const dnsLabelGlobPattern = '^[-a-z0-9*]+$';
/** The form of a label's value, which may be empty. */
export const labelValuePattern = `^(${qualified})?$`;
/** The form of a label's key: an optional prefix, then at most 63 characters. */
export const labelKeyPattern = `^(${subdomain}/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$`;
/** The form of a condition's type. */
export const conditionTypePattern = `^(${subdomain}/)?${qualified}$`;
/** The form of a condition's reason. */
export const conditionReasonPattern = '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$';
/** The form of a key of a Secret: neither "." nor ".." in front, as everywhere that a name may become a file. */
export const secretKeyPattern = '^\\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$';
/** The form of the name of an environment variable. */
export const envNamePattern = '^\\.?[-_a-zA-Z][-._a-zA-Z0-9]*$';

const dnsLabel = new RegExp(dnsLabelPattern);
const conditionReason = new RegExp(conditionReasonPattern);
const dnsSubdomain = new RegExp(dnsSubdomainPattern);
const secretKey = new RegExp(secretKeyPattern);

/** Whether a text can be the name of a namespace or container. */
export function isDnsLabel(text: string): boolean {
  return text.length <= maxLabelLength && dnsLabel.test(text);
}

/** Whether a text can be the name of a Service, which begins with a letter. */
export function isServiceName(text: string): boolean {
  return isDnsLabel(text) && /^[a-z]/.test(text);
}

/** Whether a text can be the name of an object. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= maxSubdomainLength && dnsSubdomain.test(text);
}

/** Whether a text can be a key of a Secret. */
export function isSecretKey(text: string): boolean {
  return text.length <= maxSubdomainLength && secretKey.test(text);
}

/** Whether a text can be the name of an object or, as in `generateName`, its beginning. */
export function isNameOrPrefix(text: string): boolean {
  return text.length <= maxSubdomainLength && /^[a-z0-9][-.a-z0-9]*$/.test(text);
}

/** Whether a value is a reason of a condition. */
export function isConditionReason(value: unknown): value is string {
  return typeof value === 'string' && conditionReason.test(value);
}
